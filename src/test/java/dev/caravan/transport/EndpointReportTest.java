package dev.caravan.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caravan.delivery.HttpAnswer;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.settle.DeliveryFailureHandler;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class EndpointReportTest {
    private static final QueueItem ITEM = ItemExamples.with(
            List.of(Recipient.of(ForwardPath.of("b@example.net")), Recipient.of(ForwardPath.of("c@example.net"))));

    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final Clock clock = Clock.fixed(ItemExamples.ARRIVED, ZoneOffset.UTC);
    private final EndpointReport report =
            new EndpointReport(clock, new DeliveryFailureHandler(clock, new ShutdownState()));

    private List<String> delivered() throws IOException {
        return report.delivered(ITEM, exchange).results().stream()
                .map(result -> result.getClass().getSimpleName() + " "
                        + result.recipient().address() + " "
                        + result.diagnosis().status())
                .toList();
    }

    @Test
    void anEndpointThatSaysNothingHasTakenTheMail() throws IOException {
        assertEquals(List.of("Delivered b@example.net 2.0.0", "Delivered c@example.net 2.0.0"), delivered());
    }

    @Test
    void anHttpAnswerCountsForAllRecipients() throws IOException {
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 404);
        assertEquals(List.of("Failed b@example.net 5.1.1", "Failed c@example.net 5.1.1"), delivered());
        assertFalse(exchange.getMessage().hasHeaders());
    }

    @Test
    void aGoodAnswerMaySpeakOfSingleRecipients() throws IOException {
        String body = "{\"recipients\": [{\"recipient\": \"c@example.net\", \"status\": \"5.1.1\"}]}";
        exchange.getMessage().setBody(body);
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
        assertEquals(List.of("Delivered b@example.net 2.0.0", "Failed c@example.net 5.1.1"), delivered());
    }

    @Test
    void aBadAnswerSpeaksForAllWhateverItsBodySays() throws IOException {
        exchange.getMessage().setBody("{\"recipients\": [{\"recipient\": \"c@example.net\", \"status\": \"2.0.0\"}]}");
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 503);
        assertEquals(List.of("Deferred b@example.net 4.3.2", "Deferred c@example.net 4.3.2"), delivered());
    }

    @Test
    void readsTheAnswerOfAnException() {
        for (Map.Entry<String, String> told : Map.of(
                        "no such customer\nmore",
                        "Bad Request no such customer",
                        "<html>",
                        "Bad Request ",
                        "x".repeat(300),
                        "Bad Request " + "x".repeat(200))
                .entrySet()) {
            HttpOperationFailedException failed = new HttpOperationFailedException(
                    "http://user:secret@web.example/in?token=x", 400, "Bad Request", null, Map.of(), told.getKey());
            HttpAnswer answer =
                    HttpDeliveryReply.answer(new RuntimeException(failed)).orElseThrow();
            assertEquals(new HttpAnswer(400, told.getValue(), Optional.of("web.example")), answer);
        }
        assertEquals(Optional.empty(), HttpDeliveryReply.answer(new IOException("refused")));
        assertEquals(Optional.empty(), HttpDeliveryReply.answer(exchange));
    }
}
