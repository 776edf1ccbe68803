package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.session.Disposition;
import dev.caravan.testkit.ShippedRouteTest;
import java.io.ByteArrayInputStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.model.ToDefinition;
import org.junit.jupiter.api.Test;

/** The recipe {@code ask-http}, with a service that answers at once. */
class AskHttpRouteTest extends ShippedRouteTest {
    private static final Object REQUEST = new Object();

    @Test
    void sendsWhatIsKnownAsJson() throws Exception {
        start(exchange -> answer(exchange, 204, ""));
        ask();
        assertEquals(
                "{\"recipient\":\"a@b.example\",\"stage\":\"recipient\"}",
                getMockEndpoint("mock:service")
                        .getReceivedExchanges()
                        .get(0)
                        .getMessage()
                        .getBody(String.class));
    }

    @Test
    void letsPassAndKeepsTheBody() throws Exception {
        start(exchange -> answer(exchange, 200, "{\"answer\":\"pass\"}"));
        Exchange asked = ask();
        assertEquals(REQUEST, asked.getMessage().getBody());
        assertFalse(MailExchange.of(asked).isFinal());
        assertNull(asked.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
    }

    @Test
    void refusesAsTheServiceSays() throws Exception {
        start(exchange ->
                answer(exchange, 200, "{\"answer\":\"refuse\",\"status\":\"5.1.1\",\"text\":\"no such account\"}"));
        assertEquals("550 5.1.1 no such account", reply(ask()));
    }

    @Test
    void holdsAsTheServiceSays() throws Exception {
        start(exchange -> answer(exchange, 200, "{\"answer\":\"hold\",\"text\":\"new customer\"}"));
        MailExchange asked = MailExchange.of(ask());
        assertEquals(Disposition.HOLD, asked.disposition());
        assertEquals("new customer", asked.dispositionReason());
    }

    @Test
    void defersWhenTheServiceFailsOrIsAway() throws Exception {
        start(exchange -> answer(exchange, 500, "<html>"));
        assertEquals("451 4.4.3", reply(ask()).substring(0, 9));
        getMockEndpoint("mock:service").whenAnyExchangeReceived(exchange -> {
            throw new ConnectException("refused");
        });
        Exchange asked = ask();
        assertEquals("451 4.4.3", reply(asked).substring(0, 9));
        assertNull(asked.getException());
    }

    private void start(Processor service) throws Exception {
        context().getRegistry().bind("question", new HttpPolicy(Decisions.NONE));
        context().getRegistry().bind("httpPolicy", new HttpPolicy(Decisions.NONE));
        set("ask.url", "http://policy.example/");
        load("failures.camel.yaml", "recipes/ask-http.camel.yaml");
        AdviceWith.adviceWith(
                context(),
                "ask-http",
                advice -> advice.weaveByType(ToDefinition.class).replace().to("mock:service"));
        context().start();
        getMockEndpoint("mock:service").whenAnyExchangeReceived(service);
    }

    private Exchange ask() {
        return template().request("direct:ask-http", exchange -> {
            exchange.getMessage().setBody(REQUEST);
            exchange.getMessage().setHeader("stage", "recipient");
            exchange.getMessage().setHeader("recipient", "a@b.example");
        });
    }

    private static String reply(Exchange asked) {
        return MailExchange.of(asked).reply().orElseThrow().text();
    }

    private static void answer(Exchange exchange, int code, String body) {
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, code);
        exchange.getMessage().setBody(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }
}
