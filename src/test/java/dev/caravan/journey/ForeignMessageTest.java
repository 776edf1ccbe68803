package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.StoreScanner;
import dev.caravan.control.QueueListing;
import dev.caravan.control.StoreListing;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.queue.QueueState;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What other programs put into our queues blocks nobody, and is set aside if it is no item. */
@RunningServer
class ForeignMessageTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final MovingClock CLOCK = MovingClock.now();
    private static final String RETRY = "mail.retry.15m";
    private static final String INVALID = "mail.dead.invalid";

    private static FakeMailServer peer;
    private static TestServer node;
    private static JmsProbe talk;

    @BeforeAll
    static void start() throws Exception {
        talk = new JmsProbe();
    }

    @AfterAll
    static void stop() throws Exception {
        talk.close();
    }

    @Test
    void setsAsideWhatIsNoItemAndGoesOn() throws Exception {
        for (String queue : List.of("mail.deliver.smtp", "mail.deliver.local", "mail.dead")) {
            talk.putText(queue, "hello");
            talk.putOctets(queue, octets("Caravan-Item: 1\nId: x\n\n"), Map.of("transport", "x/../y"));
            talk.putOctets(queue, new byte[0], Map.of());
        }
        Await.until("all are set aside", () -> node.depth(INVALID) == 9);
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("mail goes on", () -> peer.taken().size() == 1);
        assertEquals(0, node.depth("mail.bounced"));
        assertEquals(List.of(), node.mailbox("alice"));
    }

    @Test
    void keepsWhatItSetsAsideAsItWas() throws Exception {
        talk.putText("mail.deliver.smtp", "hello");
        Await.until("set aside", () -> node.depth(INVALID) == 1);
        Message kept = talk.browse(INVALID).get(0);
        assertEquals("hello", ((TextMessage) kept).getText());
        assertTrue(kept.getStringProperty("reason").contains("item"), kept.getStringProperty("reason"));
        talk.putOctets("mail.dead", octets("some bytes"), Map.of("colour", "blue"));
        Await.until("set aside", () -> node.depth(INVALID) == 2);
        assertArrayEquals(
                octets("some bytes"),
                MessageCopy.octets(talk.browse(INVALID).get(1)).orElseThrow());
    }

    @Test
    void movesForeignMessagesOutOfTheRetryQueue() throws Exception {
        talk.putText(RETRY, "hello");
        talk.putOctets(RETRY, octets("no item"), Map.of("transport", "x/../y", "nextAttemptAt", Long.MAX_VALUE));
        talk.putOctets(RETRY, octets("no item"), Map.of("transport", "smtp", "nextAttemptAt", "tomorrow"));
        talk.putOctets(RETRY, octets("no item"), Map.of("transport", 7, "queuedAt", Long.MIN_VALUE));
        talk.putOctets(RETRY, octets("no item"), Map.of("transport", "local", "queuedAt", Long.MAX_VALUE));
        CLOCK.advance(QUARTER.plusMinutes(1));
        AtomicInteger moved = new AtomicInteger();
        Await.until("four are moved", () -> moved.addAndGet(node.node().tick()) == 4);
        // One from the future waits for its delay from when it was first seen.
        assertEquals(0, node.node().tick());
        CLOCK.advance(QUARTER.plusMinutes(1));
        Await.until("the last is moved", () -> moved.addAndGet(node.node().tick()) == 5);
        Await.until("all are set aside", () -> node.depth(INVALID) == 5);
        assertEquals(0, node.depth(RETRY));
        assertEquals("hello", ((TextMessage) talk.browse(INVALID).get(0)).getText());
    }

    @Test
    void setsAsideWhatCannotBeDecodedInTheRetryQueue() throws Exception {
        peer.reply("RCPT", "450 4.2.1 busy");
        talk.putCompressedJunk(RETRY);
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("the mail waits", () -> node.depth(RETRY) == 2);
        peer.forget("RCPT");
        CLOCK.advance(QUARTER.plusMinutes(1));
        Await.until("all are moved", () -> node.node().tick() >= 0 && node.depth(RETRY) == 0);
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        assertEquals(1, node.depth(INVALID));
        assertTrue(talk.browse(INVALID).get(0).getStringProperty("reason").contains("item"));
    }

    @Test
    void setsAsideWhatCannotBeDecodedWhereverItIsRead() throws Exception {
        for (String queue : List.of("mail.deliver.smtp", "mail.deliver.local", "mail.dead")) {
            talk.putCompressedJunk(queue);
        }
        Await.until("all are set aside", () -> node.depth(INVALID) == 3);
        talk.putCompressedJunk("mail.submit");
        Await.until("all are set aside", () -> node.depth("mail.submit.invalid") == 1);
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("mail goes on", () -> peer.taken().size() == 1);
        assertEquals(0, node.depth("mail.bounced"));
    }

    @Test
    void storesAnewListsAndPrunesAroundWhatCannotBeDecoded() throws Exception {
        for (String queue : List.of("mail.hold", "mail.bounced", "mail.submitted", INVALID, "mail.submit.invalid")) {
            talk.putCompressedJunk(queue);
            talk.putOctets(queue, octets("behind"), Map.of());
        }
        JournalCompactor renewal = bean("journalRenewal", JournalCompactor.class);
        assertTrue(renewal.compact() >= 10);
        for (String queue : List.of("mail.hold", "mail.bounced", "mail.submitted", INVALID, "mail.submit.invalid")) {
            assertEquals(2, node.depth(queue), queue);
        }
        IdempotencyStore marks = bean("submissionMarks", IdempotencyStore.class);
        marks.doubt();
        assertTrue(marks.find("x").isEmpty());
        StoreScanner walk = new StoreScanner(node.node().broker().orElseThrow().service());
        QueueListing listing =
                new StoreListing(walk, new dev.caravan.queue.Spool(node.folder().resolve("other"), 1, 1));
        QueueFilter all = QueueFilter.of(Map.of(), EnumSet.allOf(QueueState.class));
        assertEquals(
                List.of(),
                listing.page(new QueueListing.Request(all, Optional.empty(), 1000, true))
                        .lines());
        CLOCK.advance(Duration.ofDays(8));
        assertEquals(2, node.node().prune());
        assertEquals(0, node.depth("mail.bounced"));
    }

    private static <T> T bean(String name, Class<T> type) {
        return node.node().camel().getRegistry().lookupByNameAndType(name, type);
    }

    @Test
    void deliversMailThatStandsBehindForeignMessages() throws Exception {
        talk.putText(RETRY, "hello");
        talk.putOctets(RETRY, octets("no item"), Map.of("nextAttemptAt", Long.MAX_VALUE));
        peer.reply("RCPT", "450 4.2.1 busy");
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("the mail waits", () -> node.depth(RETRY) == 3);
        peer.forget("RCPT");
        CLOCK.advance(QUARTER.plusMinutes(1));
        node.node().tick();
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
    }

    @Test
    void takesAnItemWhateverItsPropertiesSay() throws Exception {
        peer.reply("RCPT", "450 4.2.1 busy");
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("the mail waits", () -> node.depth(RETRY) == 1);
        byte[] item = talk.take(RETRY);
        peer.forget("RCPT");
        talk.putOctets(
                RETRY,
                item,
                Map.of(
                        "transport",
                        "x/../y",
                        "nextAttemptAt",
                        Long.MAX_VALUE,
                        "returnTo",
                        "mail.hold",
                        "CamelJmsDestinationName",
                        "mail.hold"));
        CLOCK.advance(QUARTER.plusMinutes(1));
        assertEquals(1, node.node().tick());
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        assertEquals(0, node.depth(INVALID) + node.depth(RETRY));
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
