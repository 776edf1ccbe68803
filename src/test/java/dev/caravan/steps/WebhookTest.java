package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.MailExchange;
import dev.caravan.store.ConsumedMessage;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

/** How long an event waits that was not taken. */
class WebhookTest {
    private final List<Duration> pauses = new ArrayList<>();
    private final MovingClock clock = new MovingClock(Instant.parse("2026-11-29T12:00:00Z"));
    private final Webhook webhook = new Webhook(pauses::add, clock);

    @Test
    void waitsAsLongAsTheServerAsks() throws Exception {
        answer(429, "7");
        answer(503, "Sun, 29 Nov 2026 12:02:00 GMT");
        answer(503, "400000");
        answer(503, "Sun, 29 Nov 2026 11:00:00 GMT");
        assertEquals(List.of(Duration.ofSeconds(7), Duration.ofMinutes(2), Duration.ofDays(1), Duration.ZERO), pauses);
    }

    @Test
    void waitsLongerEachTimeOtherwise() throws Exception {
        for (int code : List.of(503, 308, 401, 429, 502)) {
            answer(code, "soon");
        }
        Exchange broken = new DefaultExchange(new DefaultCamelContext());
        webhook.failed(new IOException("no key"), broken);
        assertTrue(broken.isRollbackOnly());
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L), seconds());
    }

    @Test
    void waitsForAServerThatIsAwayAtMostAMinute() throws Exception {
        for (int i = 0; i < 20; i++) {
            Exchange exchange = exchange();
            webhook.failed(new ConnectException("refused"), exchange);
            assertTrue(exchange.isRollbackOnly());
        }
        assertEquals(60L, seconds().get(19));
    }

    @Test
    void beginsAnewWhenAnEventWasTaken() throws Exception {
        answer(503, "");
        answer(503, "");
        assertTrue(!answer(204, "").isRollbackOnly());
        answer(503, "");
        assertEquals(List.of(1L, 2L, 1L), seconds());
    }

    private List<Long> seconds() {
        return pauses.stream().map(Duration::toSeconds).toList();
    }

    private Exchange answer(int code, String retryAfter) throws Exception {
        Exchange exchange = exchange();
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, code);
        exchange.getMessage().setHeader("Retry-After", retryAfter);
        webhook.answered(exchange);
        return exchange;
    }

    private static Exchange exchange() {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        MailExchange.of(exchange).own(new Webhook.Event("e1", new ConsumedMessage(null, null)));
        return exchange;
    }
}
