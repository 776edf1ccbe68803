package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.TlsUse;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostsTriedTest {
    @Test
    void namesEachHostIfThereWereSeveral() {
        HostAttempt one = host("mx1.example", "192.0.2.1", "451-4.7.1 wait\n451 4.7.1 a while");
        HostAttempt two = host("mx2.example", "192.0.2.2", "450 busy");
        assertEquals("", MailLog.hosts(List.of()));
        assertEquals("", MailLog.hosts(List.of(one)));
        assertEquals(
                "mx1.example (192.0.2.1, 12 ms): 451-4.7.1 wait 451 4.7.1 a while; "
                        + "mx2.example (192.0.2.2, 12 ms): 450 busy",
                MailLog.hosts(List.of(one, two)));
        String many = MailLog.hosts(Collections.nCopies(20, host("mx.example", "192.0.2.1", "x".repeat(1000))));
        assertEquals(1000, many.length());
        assertTrue(many.startsWith("mx.example (192.0.2.1, 12 ms): " + "x".repeat(150) + "; mx.example"), many);
    }

    @Test
    void namesAPortThatIsNot25() {
        assertEquals(
                "mx.example:2525 (192.0.2.1, 12 ms): 450 busy; mx.example (192.0.2.1, 12 ms): 450 busy",
                MailLog.hosts(List.of(
                        host("mx.example", "192.0.2.1", 2525, "450 busy"),
                        host("mx.example", "192.0.2.1", "450 busy"))));
    }

    private static HostAttempt host(String name, String address, String reply) {
        return host(name, address, 25, reply);
    }

    private static HostAttempt host(String name, String address, int port, String reply) {
        Diagnosis said = new Diagnosis(EnhancedStatus.of("4.7.1"), Optional.of(name), reply);
        return new HostAttempt(
                name,
                new InetSocketAddress(address, port),
                TlsUse.NONE,
                Instant.EPOCH,
                Duration.ofMillis(12),
                List.of(new RecipientResult.Deferred(ForwardPath.of("b@x.example"), said)));
    }
}
