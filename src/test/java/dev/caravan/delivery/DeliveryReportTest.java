package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeliveryReportTest {
    private static final Instant NOW = Instant.parse("2026-01-31T10:15:30Z");
    private static final ForwardPath A = ForwardPath.of("a@x.example");
    private static final ForwardPath B = ForwardPath.of("b@x.example");

    @Test
    void tellsForEachRecipientWhatEachHostSaidAboutIt() {
        DeliveryReport report = report(List.of(
                host("one", deferred(A, "451 first"), deferred(B, "452 first")),
                host("two", deferred(B, "450 second"))));
        assertEquals(List.of("one 451 first"), hosts(report, A));
        assertEquals(List.of("one 452 first", "two 450 second"), hosts(report, B));
        assertEquals(List.of(), hosts(report, ForwardPath.of("c@x.example")));
        // One result, and three answers.
        assertEquals(4, report.size());
    }

    @Test
    void keepsTheFirstAndTheLastOfManyHosts() {
        List<HostAttempt> hosts = IntStream.range(0, 50)
                .mapToObj(i -> host("mx" + i, deferred(A, "451")))
                .toList();
        List<HostAttempt> kept = report(hosts).hosts();
        assertEquals(DeliveryReport.MAX_HOSTS, kept.size());
        assertEquals(hosts.subList(0, 10), kept.subList(0, 10));
        assertEquals(hosts.subList(40, 50), kept.subList(10, 20));
    }

    @Test
    void keepsFewerHostsIfEachAnsweredForManyRecipients() {
        RecipientResult[] many = Collections.nCopies(150, deferred(A, "451")).toArray(RecipientResult[]::new);
        List<HostAttempt> hosts = List.of(host("one", many), host("two", many), host("three", many));
        assertEquals(
                List.of("one", "three"),
                report(hosts).hosts().stream().map(HostAttempt::host).toList());
        RecipientResult[] more = Collections.nCopies(500, deferred(A, "451")).toArray(RecipientResult[]::new);
        assertEquals(1, report(List.of(host("one", more))).hosts().size());
    }

    @Test
    void masksAHostNameThatIsNoText() {
        assertEquals("a?b", host("a\nb").host());
    }

    private static DeliveryReport report(List<HostAttempt> hosts) {
        return new DeliveryReport(NOW, List.of(deferred(A, "451")), hosts);
    }

    private static List<String> hosts(DeliveryReport report, ForwardPath recipient) {
        return report.hostsTriedFor(recipient).stream()
                .map(host ->
                        host.host() + " " + host.answers().get(0).diagnosis().reply())
                .toList();
    }

    private static HostAttempt host(String name, RecipientResult... answers) {
        return new HostAttempt(
                name,
                new InetSocketAddress("192.0.2.1", 25),
                TlsUse.NONE,
                NOW,
                Duration.ofMillis(12),
                List.of(answers));
    }

    private static RecipientResult deferred(ForwardPath recipient, String reply) {
        return new RecipientResult.Deferred(
                recipient, new Diagnosis(EnhancedStatus.of("4.0.0"), Optional.of("mx"), reply));
    }
}
