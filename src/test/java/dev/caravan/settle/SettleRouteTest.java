package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.exchange.MailExchange;
import dev.caravan.testkit.ShippedRouteTest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.builder.AdviceWith;
import org.junit.jupiter.api.Test;

/** The route {@code settle}, around stand-ins for the steps that decide. */
class SettleRouteTest extends ShippedRouteTest {
    private static final DeliveryReport REPORT = new DeliveryReport(Instant.EPOCH, List.of());

    private final List<String> postponed = new ArrayList<>();

    /** Settles with two notifications, or not at all. */
    public static final class Decision {
        private final boolean fails;

        Decision(boolean fails) {
            this.fails = fails;
        }

        public List<String> settle() {
            if (fails) {
                throw new IllegalStateException("the broker is away");
            }
            return List.of("first report", "second report");
        }
    }

    /** Notes why an item could not be settled. */
    public final class Postponed {
        public void defer(Exchange exchange) {
            postponed.add(MailExchange.of(exchange).failure().orElseThrow().getMessage());
        }
    }

    @Test
    void notesTheReportAndSubmitsEachNotification() throws Exception {
        start(false);
        getMockEndpoint("mock:submit").expectedBodiesReceived("first report", "second report");
        Exchange settled = settle();
        getMockEndpoint("mock:submit").assertIsSatisfied();
        assertSame(REPORT, MailExchange.of(settled).report().orElseThrow());
        assertEquals(List.of(), postponed);
    }

    @Test
    void postponesAnItemThatCannotBeSettled() throws Exception {
        start(true);
        getMockEndpoint("mock:submit").expectedMessageCount(0);
        Exchange settled = settle();
        getMockEndpoint("mock:submit").assertIsSatisfied();
        assertEquals(List.of("the broker is away"), postponed);
        assertNull(settled.getException());
        assertSame(REPORT, MailExchange.of(settled).report().orElseThrow());
    }

    /** All notifications are stored with the item, or none. */
    @Test
    void submitsNoMoreNotificationsAfterOneThatFails() throws Exception {
        start(false);
        getMockEndpoint("mock:submit").whenAnyExchangeReceived(exchange -> {
            throw new IllegalStateException("the disk is full");
        });
        getMockEndpoint("mock:submit").expectedMessageCount(1);
        settle();
        getMockEndpoint("mock:submit").assertIsSatisfied();
        assertEquals(1, postponed.size());
    }

    private void start(boolean fails) throws Exception {
        context().getRegistry().bind("settleAttempt", new Decision(fails));
        context().getRegistry().bind("postponement", new Postponed());
        load("failures.camel.yaml", "settle.camel.yaml");
        AdviceWith.adviceWith(
                context(),
                "settle",
                advice -> advice.weaveByToUri("direct:submit").replace().to("mock:submit"));
        context().start();
    }

    private Exchange settle() {
        return template()
                .send("direct:settle", exchange -> exchange.getMessage().setBody(REPORT));
    }
}
