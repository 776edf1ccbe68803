package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real policy against a server that never takes the mail: the clock is the test's, nothing waits. */
@Tag("server")
class FiveDaysTest {
    private static final Instant START = Instant.parse("2026-01-31T10:15:30Z");
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final int REPETITIONS = 480;
    private static final int DAY_TWO = 2 * 24 * 4;
    private static final String ENVELOPE_BEGIN = "MAIL FROM:<alice@local.test>";

    @TempDir
    Path folder;

    private final MovingClock clock = new MovingClock(START);
    private final List<Duration> attempts = new ArrayList<>();

    @Test
    void triesEach15MinutesWarnsAt4HoursAndGivesUpAt5Days() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING", "DSN")
                        .reply("RCPT", "450-4.2.1 The mailbox is busy\n450 4.2.1 come back later");
                TestServer node = new TestServer(folder).with(clock).with(peer)) {
            node.start();
            node.send("<alice@local.test>", "<bob@far.test>");
            awaitAttempt(node, peer);
            for (int i = 1; i < REPETITIONS; i++) {
                if (i == DAY_TWO) {
                    node.stop();
                    node.start();
                }
                repeat(node, peer, i);
            }
            assertEquals(List.of(), dsns(node, "failed"));
            clock.advance(QUARTER);
            assertEquals(1, node.node().tick());
            Await.until("two notifications", () -> node.mailbox("alice").size() == 2);
            node.awaitQuiet();
            attempts.add(Duration.between(START, clock.instant()));

            assertEquals(REPETITIONS + 1, peer.heard(ENVELOPE_BEGIN));
            assertEquals(Duration.ofDays(5), attempts.get(REPETITIONS));
            assertEquals(0, node.depth("mail.retry.15m"));
            assertEquals(1, node.depth("mail.bounced"));
            clock.advance(Duration.ofHours(5));
            assertEquals(0, node.node().tick());
            assertDelay(dsns(node, "delayed"));
            assertFailure(dsns(node, "failed"));
        }
    }

    /** One quarter of an hour: not tried a moment earlier, and tried then. */
    private void repeat(TestServer node, FakeMailServer peer, int i) throws Exception {
        if (i % 40 == 1) {
            clock.advance(QUARTER.minusMillis(1));
            assertEquals(0, node.node().tick());
            clock.advance(Duration.ofMillis(1));
        } else {
            clock.advance(QUARTER);
        }
        assertEquals(1, node.node().tick());
        awaitAttempt(node, peer);
        assertEquals(QUARTER.multipliedBy(i), attempts.get(i));
        // Told at four hours, neither earlier nor again.
        int told = i < 16 ? 0 : 1;
        if (i == 15 || i == 16 || i == 17 || i == REPETITIONS - 1) {
            node.awaitQuiet();
            assertEquals(told, node.mailbox("alice").size());
        }
    }

    private void awaitAttempt(TestServer node, FakeMailServer peer) {
        attempts.add(Duration.between(START, clock.instant()));
        Await.until(
                "attempt " + attempts.size() + " is settled",
                () -> peer.heard(ENVELOPE_BEGIN) == attempts.size() && node.depth("mail.retry.15m") == 1);
    }

    private static List<ReadDsn> dsns(TestServer node, String action) {
        return node.mailbox("alice").stream()
                .map(ReadDsn::of)
                .filter(dsn -> dsn.field("Action").equals(action))
                .toList();
    }

    private static void assertDelay(List<ReadDsn> dsns) {
        assertEquals(1, dsns.size());
        ReadDsn dsn = dsns.get(0);
        assertEquals("4.2.1", dsn.field("Status"));
        assertEquals("rfc822; bob@far.test", dsn.field("Final-Recipient"));
        assertEquals(
                "smtp; 450-4.2.1 The mailbox is busy 450 4.2.1 come back later (in reply to RCPT TO)",
                dsn.field("Diagnostic-Code"));
        assertEquals("Thu, 5 Feb 2026 10:15:30 +0000", dsn.field("Will-Retry-Until"));
        assertEquals("Sat, 31 Jan 2026 14:15:30 +0000", dsn.field("Last-Attempt-Date"));
        assertEquals("Sat, 31 Jan 2026 10:15:30 +0000", dsn.mailField("Arrival-Date"));
    }

    private static void assertFailure(List<ReadDsn> dsns) {
        assertEquals(1, dsns.size());
        ReadDsn dsn = dsns.get(0);
        assertEquals("4.2.1", dsn.field("Status"));
        assertEquals("rfc822; bob@far.test", dsn.field("Final-Recipient"));
        assertEquals("dns; mx.test", dsn.mailField("Reporting-MTA"));
        assertEquals("dns; 127.0.0.1", dsn.field("Remote-MTA"));
        assertEquals(
                "smtp; 450-4.2.1 The mailbox is busy 450 4.2.1 come back later (in reply to RCPT TO)",
                dsn.field("Diagnostic-Code"));
        assertEquals("", dsn.field("Will-Retry-Until"));
        assertEquals("Thu, 5 Feb 2026 10:15:30 +0000", dsn.field("Last-Attempt-Date"));
        assertEquals("Sat, 31 Jan 2026 10:15:30 +0000", dsn.mailField("Arrival-Date"));
        assertTrue(dsn.returned().contains("hello"), dsn.returned());
        assertTrue(dsn.text().contains("481"), dsn.text());
    }
}
