package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeSmartHost;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A printer hands in plain mail; a provider takes it under TLS with a token. */
@RunningServer
@Timeout(120)
class OfficeRelayTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();

    private final MovingClock clock = MovingClock.now();
    private FakeSmartHost provider;
    private HttpSink endpoint;
    private TestServer node;

    @BeforeStart
    void prepare() throws Exception {
        provider = new FakeSmartHost(AUTHORITY.issue(Kind.EC, "127.0.0.1"));
        endpoint = new HttpSink();
        TestCertificates.write(node.folder().resolve("ca.pem"), AUTHORITY.authority());
        Files.writeString(node.folder().resolve("office.secret"), "the secret\n");
        node.set("devices.listen", "127.0.0.1:0").set("devices.networks", "127.0.0.0/8");
        table("recipients-per-day=20");
    }

    private void table(String limits) throws Exception {
        node.write(
                "smarthosts",
                String.join(
                        "\n",
                        "office",
                        "    to=*",
                        "    hosts=127.0.0.1:" + provider.port() + " tls-authorities=ca.pem",
                        "    user=scanner@office.test",
                        "    token-endpoint=" + endpoint.url(),
                        "    client-id=id client-secret-file=office.secret scope=https://outlook.example/.default",
                        "    " + limits,
                        ""));
    }

    @AfterEach
    void close() throws Exception {
        provider.close();
        endpoint.close();
    }

    private static String token(String text) {
        return "{\"access_token\":\"" + text + "\",\"expires_in\":3600}";
    }

    private void scan(String to) throws Exception {
        String reply = SmtpTestClient.sendOne(
                node.smtp(ListenerKind.DEVICES), "scanner@office.test", List.of(to), SmtpTestClient.HELLO);
        assertTrue(reply.startsWith("250 "), reply);
    }

    @Test
    void goesOutWithATokenAndKeepsToTheQuota() throws Exception {
        endpoint.answer(200, token("one"));
        for (int i = 0; i < 25; i++) {
            scan("b" + i + "@far.test");
        }
        Await.until("the quota is used up", () -> provider.messages() == 20 && node.depth("mail.retry.15m") == 5);
        assertEquals(
                Set.of("user=scanner@office.test\u0001auth=Bearer one\u0001\u0001"), Set.copyOf(provider.logins()));
        assertEquals(1, endpoint.taken().size());
        assertTrue(node.folder().resolve("data").toFile().isDirectory());
        // Over the quota it waits, and is no attempt.
        clock.advance(Duration.ofHours(12));
        node.node().tick();
        // The sender is told of the delay, and that waits too.
        Await.until("it waits again", () -> node.depth("mail.retry.15m") == 10);
        assertEquals(20, provider.messages());
        endpoint.answer(200, token("two"));
        clock.advance(Duration.ofHours(14));
        node.node().tick();
        Await.until("the rest goes the next day", () -> scans() == 25);
    }

    private long scans() {
        return provider.recipients().stream()
                .filter(recipient -> recipient.endsWith("@far.test>"))
                .distinct()
                .count();
    }

    @Test
    void aTokenThatEndsFailsNoMessage() throws Exception {
        table("");
        Await.until("the table is read", () -> {
            clock.advance(Duration.ofSeconds(2));
            return node.node() != null;
        });
        endpoint.answer(200, token("one"));
        provider.messagesPerLogin(7);
        int total = 18;
        for (int i = 0; i < total; i++) {
            if (i == 9) {
                // From here on only a fresh token is taken.
                endpoint.answer(200, token("two"));
                provider.takes(response -> response.contains("Bearer two"));
            }
            scan("b" + i + "@far.test");
        }
        Await.until("all are there", () -> provider.messages() == total);
        assertEquals(total, scans());
        assertEquals(2, endpoint.taken().size());
        assertEquals(0, node.depth("mail.dead") + node.depth("mail.bounced"));
    }

    @Test
    void aRefusedLoginPausesAndReturnsNothing() throws Exception {
        endpoint.answer(200, token("one")).answer(200, token("two"));
        provider.takes(response -> false);
        scan("b@far.test");
        Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
        for (int day = 0; day < 12; day++) {
            endpoint.answer(200, token("more" + day)).answer(200, token("most" + day));
            clock.advance(Duration.ofDays(1));
            node.node().tick();
            Await.until(
                    "it waits again", () -> node.depth("mail.retry.15m") >= 1 && node.depth("mail.deliver.smtp") == 0);
        }
        assertEquals(0, node.depth("mail.dead") + node.depth("mail.bounced"));
        provider.takes(response -> true);
        endpoint.answer(200, token("last"));
        // The first message after the pause tries the login for all; the others go when they are due again.
        for (int turn = 0; turn < 2; turn++) {
            clock.advance(Duration.ofMinutes(30));
            node.node().tick();
            Await.until(
                    "the turn is over",
                    () -> node.depth("mail.deliver.smtp") == 0 && node.node().deliveries() == 0);
        }
        Await.until("it is delivered after all", () -> provider.recipients().contains("RCPT TO:<b@far.test>"));
        Path quotas = node.folder().resolve("data/smarthost-quotas");
        Await.until("the counts are kept", () -> Files.exists(quotas));
    }
}
