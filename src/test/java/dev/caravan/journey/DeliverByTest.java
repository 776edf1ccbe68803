package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.TimedQueues;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail with a time until which it is to be delivered (RFC 2852). */
@Tag("server")
class DeliverByTest {
    private final MovingClock clock = new MovingClock(Instant.parse("2026-12-01T09:59:30Z"));

    @TempDir
    Path folder;

    private static void submit(TestServer node, String parameters, String to) throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO client.test");
            String reply = client.say("MAIL FROM:<alice@local.test> " + parameters);
            assertTrue(reply.startsWith("250"), reply);
            assertTrue(client.say("RCPT TO:<" + to + ">").startsWith("250"));
            assertTrue(client.say("DATA").startsWith("354"));
            client.raw("Subject: soon\r\n\r\nhello\r\n.\r\n");
            assertTrue(client.reply().startsWith("250"));
        }
    }

    private void passes(TestServer node, Duration time) {
        clock.advance(time);
        Await.until("nothing more is moved", () -> node.node().tick() == 0);
    }

    /** The scheduler's timer stands still in tests. */
    private static void awaitReport(TestServer node) {
        Await.until("alice has a report", () -> {
            node.node().tick();
            return node.mailbox("alice").size() == 1;
        });
    }

    private static void awaitTaken(TestServer node, FakeMailServer peer) {
        Await.until("the host has it", () -> {
            node.node().tick();
            return peer.taken().size() == 1;
        });
    }

    private static FakeMailServer busy(String... offers) throws Exception {
        return new FakeMailServer(offers).reply("RCPT", "450 4.2.1 busy");
    }

    @Test
    void isReturnedAtItsMinuteAndNotAtTheNextAttempt() throws Exception {
        try (FakeMailServer peer = busy("PIPELINING", "DELIVERBY");
                TestServer node = new TestServer(folder).with(clock).with(peer).start()) {
            submit(node, "BY=400;R", "x@far.test");
            Await.until("it waits", () -> node.depth("mail.deliver.smtp") == 0 && waiting(node) == 1);
            passes(node, Duration.ofSeconds(395));
            assertEquals(List.of(), node.mailbox("alice"));
            clock.advance(Duration.ofSeconds(5));
            awaitReport(node);
            String report = node.mailbox("alice", 1).get(0);
            assertTrue(report.contains("Action: failed"), report);
            assertTrue(report.contains("Status: 5.4.7"), report);
            assertTrue(report.contains("Deliver-By-Date: Tue, 1 Dec 2026 10:06:10 +0000"), report);
            assertEquals(0, waiting(node));
            assertEquals(1, peer.heard("MAIL"), "attempts");
        }
    }

    @Test
    void isReportedAtItsMinuteAndDeliveredLater() throws Exception {
        try (FakeMailServer peer = busy("PIPELINING", "DELIVERBY");
                TestServer node = new TestServer(folder).with(clock).with(peer).start()) {
            submit(node, "BY=400;N", "x@far.test");
            Await.until("it waits", () -> node.depth("mail.deliver.smtp") == 0 && waiting(node) == 1);
            clock.advance(Duration.ofSeconds(400));
            awaitReport(node);
            String report = node.mailbox("alice", 1).get(0);
            assertTrue(report.contains("Action: delayed"), report);
            assertTrue(report.contains("Status: 4.4.7"), report);
            peer.forget("RCPT");
            clock.advance(Duration.ofMinutes(16));
            awaitTaken(node, peer);
            assertEquals(1, node.mailbox("alice").size(), "one report only");
        }
    }

    private static long waiting(TestServer node) {
        long waiting = node.depth("mail.retry.15m") + node.depth("mail.retry.30s");
        for (String queue : TimedQueues.RETRY.queues()) {
            waiting += node.hasQueue(queue) ? node.depth(queue) : 0;
        }
        return waiting;
    }

    @Test
    void isNotTriedWhenItsTimeIsOver() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING", "DELIVERBY");
                TestServer node = new TestServer(folder).with(clock).with(peer).start()) {
            submit(node, "BY=-1;N", "x@far.test");
            Await.until("its sender is told", () -> node.mailbox("alice").size() == 1);
            clock.advance(Duration.ofSeconds(30));
            awaitTaken(node, peer);
            assertFalse(node.mailbox("alice").get(0).contains("Action: failed"));
        }
    }
}
