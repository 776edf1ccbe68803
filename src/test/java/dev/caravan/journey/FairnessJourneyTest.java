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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** One destination that is slow or dead does not keep mail for others waiting, and costs no more than it must. */
@RunningServer(settings = "delivery.max-in-hand=8")
class FairnessJourneyTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
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
            Await.until("mail for the other goes out", () -> {
                // On a slow machine some of it had to wait for its turn, too.
                if (other.count() < 30 && node.depth("mail.deliver.smtp") <= slow.whole()) {
                    clock.advance(Duration.ofSeconds(30));
                    node.node().tick();
                }
                return other.count() == 30;
            });
            Await.until("the rest waits", () -> node.depth(TURN) == 50 - slow.whole());
            assertTrue(slow.whole() >= 1 && slow.whole() <= 4, slow.whole() + " in hand");
            Await.until("no more is in hand", () -> node.depth("mail.deliver.smtp") == slow.whole());
            for (QueueItem item : node.items(TURN)) {
                assertEquals(0, item.progress().attempts());
                assertEquals(List.of(), item.progress().log());
                assertEquals(Map.of(), item.progress().recipients());
                Instant due = item.progress().nextAttemptAt().orElseThrow();
                assertTrue(!due.isAfter(clock.instant().plusSeconds(30)), "due at " + due);
            }

            answer.countDown();
            node.awaitQuiet();
            for (int round = 0; round < 50 && node.depth(TURN) > 0; round++) {
                clock.advance(Duration.ofSeconds(30));
                node.node().tick();
                node.awaitQuiet();
            }
            assertEquals(50, slow.count());
            assertEquals(50, slow.subjects().size());
            assertEquals(0, node.depth(RETRY) + node.depth("mail.dead"));
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
