package dev.caravan.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ReasonTest {
    @Test
    void theCodesOfAReplySayWhy() {
        Map<String, Reason> cases = Map.ofEntries(
                Map.entry("5.1.1", Reason.UNKNOWN_USER),
                Map.entry("5.1.2", Reason.NO_SUCH_DOMAIN),
                Map.entry("5.1.3", Reason.COMMAND),
                Map.entry("5.1.10", Reason.TAKES_NO_MAIL),
                Map.entry("4.3.0", Reason.TROUBLE),
                Map.entry("4.3.1", Reason.STORAGE),
                Map.entry("4.3.2", Reason.STOPPING),
                Map.entry("5.3.4", Reason.SIZE),
                Map.entry("4.4.2", Reason.TIMEOUT),
                Map.entry("5.4.6", Reason.LOOP),
                Map.entry("5.5.1", Reason.COMMAND),
                Map.entry("4.5.3", Reason.TOO_MANY_RECIPIENTS),
                Map.entry("5.6.0", Reason.CONTENT),
                Map.entry("5.7.1", Reason.POLICY),
                Map.entry("5.999.999", Reason.OTHER));
        cases.forEach((status, reason) ->
                assertEquals(reason, Reply.of(550, status, "x").reason(), status));
        assertEquals(Reason.COMMAND, Reply.plain(502, "x").reason());
        assertEquals(Reason.OTHER, Reply.plain(554, "x").reason());
    }

    @Test
    void whoeverDecidesSaysItBetter() {
        Reply reply = Reply.of(550, "5.7.1", "x").because(Reason.RELAY_DENIED);
        assertEquals(Reason.RELAY_DENIED, reply.reason());
        assertEquals(Reason.RELAY_DENIED, reply.recoded(554).reason());
        assertEquals("550 5.7.1 x", reply.text());
        assertEquals("relay-denied", reply.reason().word());
    }
}
