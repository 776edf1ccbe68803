package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.housekeeping.SpoolSweeper;
import dev.caravan.net.FreePort;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mail that waits in a lane for a destination that takes its time: what becomes of it, and what an operator does with it. */
@RunningServer(settings = "delivery.max-in-hand=40")
class ParkedMailTest {
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final String LANE = "mail.parked.smtp.to.slow.test";
    private static final String TURN = "mail.retry.30s";
    private static final int ALL = 60;
    /** At most so many are delivered or wait in memory. */
    private static final int MOST_IN_HAND = 20;

    private static final Duration AN_HOUR = Duration.ofMinutes(61);
    private static final String LARGE = "Subject: large\r\n\r\n" + ("x".repeat(998) + "\r\n").repeat(300);

    private final MovingClock clock = MovingClock.now();
    private final FakeDns dns = new FakeDns(host -> "127.0.0.2");
    private final CountDownLatch answer = new CountDownLatch(1);
    private TestServer node;
    private int port;
    private FakeMailServer slow;

    @BeforeStart
    void choosePort() throws Exception {
        port = FreePort.at("127.0.0.2");
        node.set("delivery.port", Integer.toString(port));
    }

    @BeforeEach
    void serve() throws Exception {
        slow = FakeMailServer.at("127.0.0.2", port);
        slow.ending(subject -> {
            answer.await();
            return "250 2.0.0 taken";
        });
    }

    @AfterEach
    void end() {
        answer.countDown();
        slow.close();
    }

    private void park() throws Exception {
        new Stock()
                .transport("smtp")
                .to("alice@slow.test")
                .arrivedAt(clock.instant())
                .queuedAt(clock.instant())
                .put(SMTP, ALL);
        awaitParked(ALL);
    }

    /** Waits until all is in a lane but what the destination has in hand. */
    private void awaitParked(int all) {
        Await.until("the rest is parked", () -> slow.whole() == 5 && inLane() >= all - MOST_IN_HAND);
        Await.until("none is on its way", () -> node.depth(SMTP) + inLane() == all && node.depth(SMTP) <= MOST_IN_HAND);
    }

    private long inLane() {
        return node.depth(LANE);
    }

    @Test
    void itsSenderIsToldOfTheDelayAndThatItIsGivenUp() throws Exception {
        park();
        clock.advance(Duration.ofHours(4));
        awaitTurns(TURN);
        Await.until("the senders are told", () -> dsns("delayed").size() >= ALL - MOST_IN_HAND);
        assertEquals(node.depth(TURN), dsns("delayed").size());
        assertEquals("4.4.5", dsns("delayed").get(0).field("Status"));

        comeBack();
        // As if the server had been down for days: they have another turn.
        clock.advance(Duration.ofDays(5));
        awaitTurns(TURN);
        assertEquals(0, node.depth(QueueNames.BOUNCED));
        comeBack();
        clock.advance(AN_HOUR);
        awaitTurns(QueueNames.BOUNCED);
        answer.countDown();
        node.awaitQuiet();
        assertEquals(0, node.depth(TURN));
        long bounced = node.depth(QueueNames.BOUNCED);
        assertEquals(ALL, slow.count() + bounced);
        Await.until("the senders are told", () -> dsns("failed").size() == bounced);
        ReadDsn dsn = dsns("failed").get(0);
        assertEquals("4.4.5", dsn.field("Status"));
        assertTrue(dsn.text().contains("deliveries to slow.test are in progress"), dsn.text());
    }

    private List<ReadDsn> dsns(String action) {
        return node.mailbox("bob").stream()
                .map(ReadDsn::of)
                .filter(dsn -> dsn.field("Action").equals(action))
                .toList();
    }

    /** Waits until all that was too old in its lane has gone on. */
    private void awaitTurns(String queue) {
        Await.until("all that is old had a turn", () -> {
            node.node().lookAtParkedMail();
            return node.depth(queue) >= ALL - MOST_IN_HAND && node.depth(queue) + node.depth(SMTP) + inLane() == ALL;
        });
    }

    private void comeBack() {
        clock.advance(Duration.ofSeconds(30));
        Await.until("they are parked again", () -> {
            node.node().tick();
            return inLane() >= ALL - MOST_IN_HAND && node.depth(TURN) == 0 && node.depth(SMTP) + inLane() == ALL;
        });
    }

    @Test
    void anOperatorListsHoldsReleasesAndRemovesIt() throws Exception {
        park();
        OperatorCli operator = new OperatorCli(node.folder());
        // The last of them may still be on their way into the lane.
        int listed =
                operator.lists("--state", "parked", "--domain", "slow.test").size();
        assertTrue(listed >= ALL - MOST_IN_HAND && listed <= inLane(), listed + " are listed");
        assertEquals("0 flushed\n", operator.types("queue", "flush", "--all").out());
        assertNotEquals(
                0,
                operator.types("queue", "flush", "--all", "--state", "parked").code());

        operator.types("queue", "hold", "--domain", "slow.test", "--state", "parked");
        long held = node.depth(QueueNames.HOLD);
        assertTrue(held >= ALL - MOST_IN_HAND, held + " are held");
        assertEquals(ALL - held, node.depth(SMTP) + inLane());
        OperatorCli.Did released = operator.types("queue", "release", "--all");
        assertEquals(held + " released\n", released.out(), released.err());
        awaitParked(ALL);

        String id = operator.lists("--state", "parked").get(0).get("id").asText();
        assertEquals("1 removed\n", operator.types("queue", "remove", id).out());
        operator.types("queue", "remove", "--to", "alice@slow.test", "--state", "parked", "--yes");
        long left = node.depth(SMTP) + inLane();
        assertTrue(left <= MOST_IN_HAND, left + " are left");

        answer.countDown();
        node.awaitQuiet();
        assertEquals(left, slow.count(), "what is removed is not delivered, and the rest is");
        assertEquals(0, node.depth(TURN) + node.depth("mail.retry.15m"));
    }

    @Test
    void itsSpoolFilesAreKept() throws Exception {
        int all = 30;
        for (int i = 0; i < all; i++) {
            node.send("<bob@local.test>", List.of("<alice@slow.test>"), LARGE);
        }
        awaitParked(all);
        List<String> files = node.spool();
        assertEquals(all, files.size());
        clock.advance(Duration.ofHours(2));
        SpoolSweeper sweeper =
                node.node().camel().getRegistry().lookupByNameAndType("spoolSweeper", SpoolSweeper.class);
        sweeper.sweepWhenDue();
        clock.advance(Duration.ofMinutes(1));
        sweeper.sweepWhenDue();
        assertEquals(files, node.spool());

        answer.countDown();
        Await.until("all are delivered", () -> {
            // The look of each minute may have taken some that are old.
            clock.advance(Duration.ofSeconds(30));
            node.node().tick();
            return slow.count() == all && node.parked() + node.depth(SMTP) + node.depth(TURN) == 0;
        });
        assertTrue(slow.taken().stream().allMatch(taken -> taken.content().length() > LARGE.length()));
        Await.until("their files are removed", () -> spooled() == 0);
    }

    private int spooled() {
        try {
            return node.spool().size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
