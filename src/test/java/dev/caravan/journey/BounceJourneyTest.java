package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Mail that is given up: who is told, that it ends, and how long it is kept. */
@RunningServer(started = false)
class BounceJourneyTest {
    private static final String BOUNCED = "mail.bounced";

    private final MovingClock clock = MovingClock.now();
    private FakeMailServer peer;
    private TestServer node;

    @BeforeStart
    void refuseAll() {
        peer.reply("RCPT", "550 5.1.1 no such user");
    }

    @Test
    void tellsThePostmasterOnceOfMailThatCannotBeReturned() throws Exception {
        node.start();
        node.send("<>", "<gone@far.test> NOTIFY=NEVER");
        ReadDsn dsn = ReadDsn.of(node.mailbox("postmaster", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("rfc822; gone@far.test", dsn.field("Final-Recipient"));
        node.awaitQuiet();
        assertEquals(1, node.mailbox("postmaster").size());
        assertEquals(1, node.depth(BOUNCED));
    }

    @Test
    void endsWhenThePostmasterCannotBeToldEither() throws Exception {
        node.write("aliases", "postmaster: pm@far.test\n").start();
        node.send("<>", "<gone@far.test>");
        Await.until("the mail and the notice are given up", () -> node.depth(BOUNCED) == 2);
        node.awaitQuiet();
        assertEquals(1, peer.heard("RCPT TO:<gone@far.test>"));
        assertEquals(1, peer.heard("RCPT TO:<pm@far.test>"));
        assertEquals(0, node.depth("mail.retry.15m"));
    }

    @Test
    void tellsThePostmasterWhenTheSenderCannotBeTold() throws Exception {
        node.start();
        node.send("<forged@elsewhere.test>", "<gone@far.test>");
        ReadDsn dsn = ReadDsn.of(node.mailbox("postmaster", 1).get(0));
        assertEquals("rfc822; forged@elsewhere.test", dsn.field("Final-Recipient"));
        node.awaitQuiet();
        assertEquals(2, node.depth(BOUNCED));
    }

    @Test
    void returnsMailOfAUserWhoIsGone() throws Exception {
        node.set("delivery.paused", "true").start();
        node.send("<alice@local.test>", "<bob@local.test>");
        node.stop();
        node.write("users", "alice\n").set("delivery.paused", "false").start();
        ReadDsn dsn = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals("5.1.1", dsn.field("Status"));
    }

    @Test
    void keepsReturnedMailForAWeekAndItsFileAsLong() throws Exception {
        node.set("content.inline-limit", "1KiB").start();
        String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(1000);
        assertTrue(SmtpTestClient.sendOne(node.smtp(), "<alice@local.test>", "<gone@far.test>", large)
                .startsWith("250"));
        node.mailbox("alice", 1);
        node.awaitQuiet();
        QueueItem kept = node.items(BOUNCED).get(0);
        Await.until(
                "only the kept mail has a file", () -> isSpool(List.of(kept.id().toString())));

        clock.advance(Duration.ofDays(7));
        assertEquals(0, node.node().prune());
        clock.advance(Duration.ofMillis(1));
        assertEquals(1, node.node().prune());
        assertEquals(0, node.depth(BOUNCED));
        assertEquals(List.of(), node.spool());
        assertEquals(0, node.node().prune());
    }

    @Test
    void replaysReturnedMailThatAnOperatorMovesBack() throws Exception {
        node.set("content.inline-limit", "1KiB").start();
        String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(1000);
        node.send("<alice@local.test>", List.of("<gone@far.test>"), large);
        node.mailbox("alice", 1);
        node.awaitQuiet();
        peer.forget("RCPT");
        try (JmsProbe talk = new JmsProbe()) {
            talk.move(BOUNCED, "mail.deliver.smtp");
        }
        Await.until("taken", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        assertTrue(peer.taken().get(0).content().endsWith(large));
        Await.until("no file is left", () -> isSpool(List.of()));
        assertEquals(0, node.depth("mail.retry.15m"));
    }

    @Test
    void bouncesWhatAForeignConsumerGaveUp() throws Exception {
        node.set("delivery.paused", "true").start();
        node.send("<alice@local.test>", "<bob@far.test>");
        try (JmsProbe talk = new JmsProbe()) {
            talk.move("mail.deliver.smtp", "mail.dead");
        }
        node.stop();
        node.set("delivery.paused", "false").start();
        ReadDsn dsn = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("5.3.0", dsn.field("Status"));
    }

    private boolean isSpool(List<String> names) {
        try {
            return node.spool().equals(names);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
