package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.net.ListenerKind;
import dev.caravan.queue.ClockWatch;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail that its sender has held back until a time (RFC 4865). */
@Tag("server")
class FutureReleaseTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final MovingClock clock = new MovingClock(Instant.parse("2026-12-01T09:59:30Z"));

    @TempDir
    Path folder;

    private TestServer server(Clock time) {
        return new TestServer(folder)
                .with(time)
                .set("submission.listen", "127.0.0.1:0")
                .set("submission.max-hold", "30d")
                .set("submission.require-auth", "false");
    }

    private static void submit(TestServer node, String parameters, String to) throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(node.smtp(ListenerKind.SUBMISSION))) {
            client.say("EHLO client.test");
            String reply = client.say("MAIL FROM:<alice@local.test> " + parameters);
            assertTrue(reply.startsWith("250"), reply);
            assertTrue(client.say("RCPT TO:<" + to + ">").startsWith("250"));
            assertTrue(client.say("DATA").startsWith("354"));
            client.raw("Subject: later\r\n\r\nhello\r\n.\r\n");
            assertTrue(client.reply().startsWith("250"));
        }
    }

    private static List<JsonNode> later(TestServer node) throws Exception {
        return new OperatorCli(node.folder()).lists("--state", "later");
    }

    /** Moves all that is due, on its way through several slots too. */
    private static void tickAll(TestServer node) {
        Await.until("nothing more is moved", () -> node.node().tick() == 0);
    }

    private void passes(TestServer node, Duration time) {
        clock.advance(time);
        tickAll(node);
    }

    /** The scheduler's timer stands still in tests. */
    private static void awaitMail(TestServer node, String user, int count) {
        Await.until(user + " has mail", () -> {
            node.node().tick();
            return node.mailbox(user).size() == count;
        });
    }

    @Test
    void isDeliveredAtItsTimeAndNotBefore() throws Exception {
        try (TestServer node = server(clock).start()) {
            submit(node, "HOLDFOR=" + Duration.ofDays(3).toSeconds(), "bob@local.test");
            submit(node, "HOLDUNTIL=2026-12-01T10:00:10Z", "carol@local.test");
            assertEquals(2, later(node).size());
            passes(node, Duration.ofSeconds(39));
            assertEquals(2, later(node).size());
            assertEquals(List.of(), node.mailbox("carol"));
            passes(node, Duration.ofSeconds(1));
            awaitMail(node, "carol", 1);

            for (int hours = 0; hours < 71; hours++) {
                passes(node, HOUR);
                JsonNode waiting = later(node).get(0);
                assertEquals(
                        "2026-12-04T09:59:30Z", waiting.get("nextAttemptAt").asText());
                assertEquals("later", waiting.get("state").asText());
            }
            passes(node, Duration.ofMinutes(59));
            assertEquals(List.of(), node.mailbox("bob"));
            passes(node, Duration.ofSeconds(25));
            awaitMail(node, "bob", 1);
            assertEquals(List.of(), later(node));
        }
    }

    @Test
    void isDeliveredAfterARestartThatMissedItsTime() throws Exception {
        try (TestServer node = server(clock).start()) {
            submit(node, "HOLDFOR=86400", "bob@local.test");
            submit(node, "HOLDFOR=864000", "carol@local.test");
            node.stop();
        }
        clock.advance(Duration.ofDays(2));
        try (TestServer node = server(clock).start()) {
            awaitMail(node, "bob", 1);
            assertEquals(1, later(node).size());
            clock.advance(Duration.ofDays(8));
            awaitMail(node, "carol", 1);
        }
    }

    @Test
    void operatorsReleaseHoldAndRemoveIt() throws Exception {
        try (TestServer node = server(clock).start()) {
            OperatorCli operator = new OperatorCli(node.folder());
            submit(node, "HOLDFOR=7200", "bob@local.test");
            submit(node, "HOLDFOR=7200", "carol@local.test");
            submit(node, "HOLDFOR=7200", "alice@local.test");

            assertTrue(operator.types("queue", "release", "--all").out().startsWith("0 "));
            assertEquals(3, later(node).size());
            operator.types("queue", "release", "--state", "later", "--to", "bob@local.test");
            awaitMail(node, "bob", 1);

            operator.types("queue", "hold", "--to", "carol@local.test");
            assertEquals(1, node.depth("mail.hold"));
            operator.types("queue", "release", "--to", "carol@local.test");
            assertEquals(2, later(node).size(), "an operator's hold ends, the sender's does not");

            operator.types("queue", "remove", "--to", "alice@local.test", "--yes");
            assertEquals(1, later(node).size());
            passes(node, HOUR.multipliedBy(2).plusSeconds(5));
            awaitMail(node, "carol", 1);
            assertEquals(List.of(), node.mailbox("alice"));
        }
    }

    private static void awaitDeferred(TestServer node) {
        Await.until("the mail is deferred", () -> {
            node.node().tick();
            return node.depth("mail.retry.15m") == 1;
        });
    }

    @Test
    void fiveDaysCountFromTheRelease() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING").reply("RCPT", "450 4.2.1 busy");
                TestServer node = server(clock).with(peer).start()) {
            submit(node, "HOLDFOR=" + Duration.ofDays(10).toSeconds(), "x@far.test");
            for (int days = 0; days < 10; days++) {
                passes(node, Duration.ofDays(1));
            }
            passes(node, Duration.ofSeconds(5));
            awaitDeferred(node);
            for (int days = 0; days < 4; days++) {
                passes(node, Duration.ofDays(1));
                awaitDeferred(node);
            }
            assertEquals(1, node.mailbox("alice", 1).size(), "a warning of the delay");
            clock.advance(Duration.ofDays(1));
            awaitMail(node, "alice", 2);
            String report = String.join("", node.mailbox("alice"));
            assertTrue(report.contains("Future-Release-Request: until;2026-12-11T09:59:30Z"), report);
        }
    }

    /** Its clock is a year ahead when the message comes, and is set right afterwards. */
    @Test
    void waitsAsLongAsItsSenderSaidThoughTheClockWasWrong() throws Exception {
        SetClock set = new SetClock();
        set.off = Duration.ofDays(365);
        try (TestServer node = server(set)
                .with(new ClockWatch(set, now -> set.passed.toNanos()))
                .start()) {
            submit(node, "HOLDFOR=7200", "bob@local.test");
            set.off = Duration.ZERO;
            tickAll(node);
            set.passed = set.passed.plus(HOUR.multipliedBy(2).minusSeconds(60));
            tickAll(node);
            assertEquals(List.of(), node.mailbox("bob"));
            set.passed = set.passed.plus(Duration.ofSeconds(70));
            awaitMail(node, "bob", 1);
        }
    }

    private static final class SetClock extends Clock {
        private final Instant start = Instant.parse("2026-12-01T12:00:00Z");
        private volatile Duration passed = Duration.ZERO;
        private volatile Duration off = Duration.ZERO;

        @Override
        public Instant instant() {
            return start.plus(passed).plus(off);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
