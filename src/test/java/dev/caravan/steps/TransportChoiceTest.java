package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ItemExamples;
import dev.caravan.trace.Decision;
import dev.caravan.trace.MailEvents;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class TransportChoiceTest {
    private final List<String> decisions = new ArrayList<>();
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final TransportChoice destination = new TransportChoice(new Decisions(
            new MailEvents() {
                @Override
                public boolean wantsDecisions() {
                    return true;
                }

                @Override
                public void decided(Decision decision) {
                    decisions.add(decision.verdict() + " " + decision.evidence());
                }
            },
            Clock.systemUTC()));

    @Test
    void reportsOnlyWhatChoosesForARecipientOfTheMessage() {
        exchange.getMessage()
                .setBody(ItemExamples.with(List.of(
                                Recipient.of(ForwardPath.of("b@archive.test")),
                                Recipient.of(ForwardPath.of("c@example.net"))))
                        .mail());
        destination.send("orders.test", "orders", exchange);
        destination.send("archive.test", "archive", exchange);
        destination.send("b@archive.test", "late", exchange);
        destination.send("*", "rest", exchange);
        assertEquals(
                List.of("transport archive for archive.test", "transport rest for recipients that are not local"),
                decisions);
        assertEquals(4, MailExchange.of(exchange).destinations().choices().size());
    }

    @Test
    void doesNotTakeALocalRecipientForOneOfTheRest() {
        exchange.getMessage()
                .setBody(ItemExamples.with(List.of(Recipient.of(ForwardPath.of("b@local.test"))))
                        .mail());
        destination.send("*", "rest", exchange);
        destination.send("b@local.test", "archive", exchange);
        assertEquals(
                List.of("transport rest for recipients that are not local", "transport archive for b@local.test"),
                decisions);
    }
}
