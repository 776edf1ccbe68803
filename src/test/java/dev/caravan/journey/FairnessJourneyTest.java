package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.FreePort;
import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** One destination that is slow or dead does not keep mail for others waiting, and costs no more than it must. */
@RunningServer(settings = "delivery.max-in-hand=8")
class FairnessJourneyTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final String SMTP = "mail.deliver.smtp";
    private static final String LANE = "mail.parked.smtp.to.slow.test";
    private static final String TURN = "mail.retry.30s";
    /** Each domain has one host with an address of its own; the port is the same for all. */
    private static final Map<String, String> ADDRESSES =
            Map.of("mx.slow.test", "127.0.0.2", "mx.other.test", "127.0.0.3", "mx.dead.test", "127.0.0.4");

    private static final String RETRY = "mail.retry.15m";

    private final MovingClock clock = MovingClock.now();

    private int port;
    private final FakeDns dns = new FakeDns(ADDRESSES::get);
    private TestServer node;

    @BeforeStart
    void choosePort() throws Exception {
        port = FreePort.at("127.0.0.2", "127.0.0.3", "127.0.0.4");
        node.set("delivery.port", Integer.toString(port));
    }

    private void stock(String domain, int count) throws Exception {
        new Stock()
                .transport("smtp")
                .to("alice@" + domain)
                .arrivedAt(clock.instant())
                .put("mail.deliver.smtp", count);
    }

    @Test
    void deliversToOthersWhileOneDestinationDoesNotAnswer() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (FakeMailServer slow = FakeMailServer.at("127.0.0.2", port);
                FakeMailServer other = FakeMailServer.at("127.0.0.3", port)) {
            slow.ending(subject -> {
                answer.await();
                return "250 2.0.0 taken";
            });
            stock("slow.test", 50);
            stock("other.test", 30);
            Await.until("mail for the other goes out", () -> other.count() == 30);
            Await.until("the rest is parked", () -> node.depth(LANE) + node.depth(SMTP) == 50 && node.depth(SMTP) <= 7);
            Await.until("it has five connections", () -> slow.whole() == 5);
            for (QueueItem item : node.items(LANE)) {
                assertEquals(0, item.progress().attempts());
                assertEquals(List.of(), item.progress().log());
                assertEquals(Map.of(), item.progress().recipients());
            }

            answer.countDown();
            node.awaitQuiet();
            assertEquals(50, slow.count());
            assertEquals(50, slow.subjects().size());
            assertEquals(0, node.depth(RETRY) + node.depth(TURN) + node.depth("mail.dead"));
        }
    }

    /** The lanes of parked mail are found again by a server that starts, and nothing is lost or sent twice. */
    @Test
    void deliversParkedMailAfterARestart() throws Exception {
        try (FakeMailServer slow = FakeMailServer.at("127.0.0.2", port)) {
            CountDownLatch answer = new CountDownLatch(1);
            slow.ending(subject -> {
                answer.await();
                return "250 2.0.0 taken";
            });
            stock("slow.test", 40);
            Await.until("the rest is parked", () -> node.depth(LANE) >= 33 && slow.whole() == 5);
            Thread stop = new Thread(() -> node.stop());
            stop.start();
            answer.countDown();
            stop.join();
            node.start();
            node.awaitQuiet();
            assertEquals(40, slow.subjects().size());
            assertEquals(40, slow.count());
        }
    }

    /** However many are old, they are taken soon, so that senders are told of delays and mail is given up in time. */
    @Test
    void takesAllOldItemsFromTheirLaneThoughThereIsNoPlace() throws Exception {
        try (FakeMailServer slow = FakeMailServer.at("127.0.0.2", port)) {
            CountDownLatch answer = new CountDownLatch(1);
            slow.ending(subject -> {
                answer.await();
                return "250 2.0.0 taken";
            });
            stock("slow.test", 60);
            Await.until("the rest is parked", () -> node.depth(LANE) >= 50 && slow.whole() == 5);
            clock.advance(QUARTER.multipliedBy(5));
            node.node().lookAtParkedMail();
            Await.until("what is old waits for half a minute", () -> node.depth(TURN) >= 50 && node.depth(LANE) == 0);
            answer.countDown();
        }
    }

    @Test
    void connectsOnceAnIntervalToAHostThatDropsAllConnections() throws Exception {
        try (FakeMailServer host = FakeMailServer.at("127.0.0.4", port).reply("connect", "")) {
            stock("dead.test", 100);
            awaitDeferred(100);
            assertEquals(1, host.connections());
            List<QueueItem> items = node.items(RETRY);
            assertTrue(items.stream().allMatch(item -> item.progress().attempts() == 1));
            String reply = lastReply(items.get(items.size() - 1));
            assertTrue(
                    reply.matches("no connection to mx.dead.test \\(127.0.0.4 port " + port + "\\) [0-9]+ s ago: "
                            + "connected, but there was no greeting"),
                    reply);

            clock.advance(QUARTER.dividedBy(2));
            stock("dead.test", 1);
            awaitDeferred(101);
            assertEquals(1, host.connections());

            clock.advance(QUARTER.dividedBy(2));
            node.node().tick();
            awaitDeferred(101);
            assertEquals(2, host.connections());

            clock.advance(QUARTER);
            host.forget("connect");
            while (host.count() < 101) {
                node.node().tick();
                node.awaitQuiet();
                clock.advance(Duration.ofSeconds(30));
            }
            assertEquals(101, host.count());
            assertEquals(0, node.depth(RETRY) + node.depth(TURN));
        }
    }

    @Test
    void triesOtherHostsWhileOneIsDead() throws Exception {
        stock("dead.test", 20);
        awaitDeferred(20);
        String reply = lastReply(node.items(RETRY).get(19));
        assertTrue(reply.contains(" ago: Connection refused"), reply);
        try (FakeMailServer other = FakeMailServer.at("127.0.0.3", port)) {
            stock("other.test", 1);
            Await.until("mail for another host goes out", () -> other.count() == 1);
        }
    }

    /** Whatever waited only for a trial to end is sent on its way again. */
    private void awaitDeferred(int count) {
        Await.until("all are deferred", () -> {
            if (node.depth("mail.deliver.smtp") == 0 && node.depth(TURN) > 0) {
                clock.advance(Duration.ofSeconds(30));
                node.node().tick();
            }
            return node.depth(RETRY) == count && node.depth("mail.deliver.smtp") == 0;
        });
    }

    private static String lastReply(QueueItem item) {
        return item.progress()
                .of(item.recipients().get(0).path())
                .last()
                .orElseThrow()
                .line();
    }
}
