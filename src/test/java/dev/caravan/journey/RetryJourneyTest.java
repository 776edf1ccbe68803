package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mail that waits: when it goes on, what people see of it, and what other programs may do to it. */
@RunningServer
class RetryJourneyTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final String RETRY = "mail.retry.15m";
    private static final String BUSY = "450 4.2.1 busy";

    private static final MovingClock CLOCK = MovingClock.now();

    private static FakeMailServer peer;
    private static TestServer node;

    @BeforeEach
    void deferOneMail() throws Exception {
        peer.reply("RCPT", BUSY);
        node.send("<alice@local.test>", "<bob@far.test>");
        awaitWaiting();
    }

    private void awaitWaiting() {
        Await.until("the mail waits", () -> node.depth(RETRY) == 1 && node.depth("mail.deliver.smtp") == 0);
    }

    @Test
    void movesNothingBeforeItIsDueAndAllThen() throws Exception {
        assertEquals(0, node.node().tick());
        CLOCK.advance(QUARTER.minusMillis(1));
        assertEquals(0, node.node().tick());
        assertEquals(1, peer.heard("MAIL"));
        peer.forget("RCPT");
        CLOCK.advance(Duration.ofMillis(1));
        assertEquals(1, node.node().tick());
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        assertEquals(0, node.depth(RETRY));
        assertTrue(peer.taken().get(0).content().endsWith("Subject: x\r\n\r\nhello\r\n"));
    }

    @Test
    void showsOperatorsWhyAMailWaits() throws Exception {
        try (JmsProbe talk = new JmsProbe()) {
            Instant start = CLOCK.instant();
            Message message = talk.browse(RETRY).get(0);
            QueueItem item = node.items(RETRY).get(0);
            assertEquals(item.mail().id().text(), message.getStringProperty("mailId"));
            assertEquals("alice@local.test", message.getStringProperty("sender"));
            assertEquals(1, message.getIntProperty("recipients"));
            assertEquals(peer.address(), message.getStringProperty("domain"));
            assertEquals("smtp", message.getStringProperty("transport"));
            assertEquals(1, message.getIntProperty("attempts"));
            assertEquals(start.toEpochMilli(), message.getLongProperty("arrivedAt"));
            assertEquals(start.plus(QUARTER).toEpochMilli(), message.getLongProperty("nextAttemptAt"));
            assertEquals(BUSY, message.getStringProperty("lastReply"));
            assertEquals(item.mail().content().size(), message.getLongProperty("size"));
            assertEquals(0, message.getJMSExpiration());
        }
    }

    @Test
    void triesAtOnceWhatAnotherProgramMoves() throws Exception {
        peer.forget("RCPT");
        try (JmsProbe talk = new JmsProbe()) {
            talk.move(RETRY, "mail.deliver.smtp");
        }
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        CLOCK.advance(QUARTER.multipliedBy(2));
        assertEquals(0, node.node().tick());
        assertEquals(1, peer.taken().size());
    }

    @Test
    void waitsForNoMoreThanItsDelayWhenTheClockIsSetBack() {
        CLOCK.advance(Duration.ofDays(-2));
        assertEquals(0, node.node().tick());
        CLOCK.advance(QUARTER);
        assertEquals(1, node.node().tick());
        Await.until("the mail is tried again", () -> peer.heard("MAIL") == 2);
        awaitWaiting();
        CLOCK.advance(QUARTER);
        assertEquals(1, node.node().tick());
        Await.until("and again", () -> peer.heard("MAIL") == 3);
        awaitWaiting();
    }

    @Test
    void servesTheQueueOfAnOlderPolicy() throws Exception {
        peer.forget("RCPT");
        try (JmsProbe talk = new JmsProbe()) {
            talk.move(RETRY, "mail.retry.7m");
            // Its next attempt is 15 minutes away, but nothing waits longer than its queue says. QUEUED_AT stays.
            CLOCK.advance(Duration.ofMinutes(7).minusMillis(1));
            assertEquals(0, node.node().tick());
            CLOCK.advance(Duration.ofMillis(1));
            Await.until("the mail is moved", () -> node.node().tick() == 1);
            Await.until("the mail is taken", () -> peer.taken().size() == 1);
        }
    }

    @Test
    void findsTheWayOfAnItemThatLostItsProperties() throws Exception {
        peer.forget("RCPT");
        try (JmsProbe talk = new JmsProbe()) {
            talk.putOctets(RETRY, talk.take(RETRY), Map.of());
        }
        // It is stamped by the clock of the machine, which another test may have set this one apart from.
        assertEquals(0, node.node().tick());
        CLOCK.advance(QUARTER.plusMinutes(1));
        assertEquals(1, node.node().tick());
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        assertEquals(0, node.depth("mail.dead.invalid"));
    }

    @Test
    void countsNoAttemptForAStop() throws Exception {
        CLOCK.advance(QUARTER);
        node.set("delivery.paused", "true");
        node.stop();
        node.start();
        assertEquals(1, node.node().tick());
        assertEquals(1, node.depth("mail.deliver.smtp"));
        node.stop();
        peer.forget("RCPT");
        node.set("delivery.paused", "false").start();
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        assertEquals(2, peer.heard("MAIL"));
    }
}
