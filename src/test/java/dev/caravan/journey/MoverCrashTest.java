package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.broker.StoreScanner;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.activemq.command.ActiveMQMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed while it moves thousands of items from one queue to another, or returns dead mail. */
@Tag("server")
class MoverCrashTest {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String RETRY = "mail.retry.15m";
    private static final int ITEMS = 2000;
    private static final int WAITING = 7;
    private static final int DEAD = 300;
    private static final int KILLS = 2;

    @TempDir
    Path home;

    @Test
    void losesAndDoublesNothing() throws Exception {
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            new Stock().due(Instant.now()).put(RETRY, ITEMS);
            new Stock().due(Instant.now().plus(Duration.ofMinutes(14))).put(RETRY, WAITING);
        }
        List<String> paused = List.of("delivery.paused=true");
        for (int kill = 1; kill <= KILLS; kill++) {
            countAll(kill - 1);
            int most = ITEMS * kill / (KILLS + 1);
            try (Child child = new Child(home, List.of("-Xmx256m"), paused)) {
                Await.until("some are moved", () -> moved(child) >= most);
                child.kill();
            }
        }
        try (Child child = new Child(home, List.of("-Xmx256m"), List.of())) {
            Await.until("all are delivered", () -> child.open() == WAITING);
            child.stop();
        }
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            assertEquals(ITEMS, node.mailbox("alice").size());
            assertEquals(WAITING, node.depth(RETRY));
            assertEquals(WAITING, node.items(RETRY).size());
            assertEquals(0, node.depth(LOCAL));
            assertEquals(0, node.depth(QueueNames.DEAD));
        }
    }

    @Test
    void tellsTheSenderOfEachDeadMailOnce() throws Exception {
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            new Stock().put(QueueNames.DEAD, DEAD);
        }
        for (int kill = 1; kill <= KILLS; kill++) {
            int most = DEAD * kill / (KILLS + 1);
            try (Child child = new Child(home, List.of("-Xmx256m"), List.of())) {
                Await.until("some are returned", () -> depth(child, QueueNames.BOUNCED) >= most);
                child.halt();
            }
        }
        try (Child child = new Child(home, List.of("-Xmx256m"), List.of())) {
            Await.until("all are returned", () -> child.open() == 0);
            child.stop();
        }
        try (TestServer node = new TestServer(home).start()) {
            assertEquals(DEAD, node.depth(QueueNames.BOUNCED));
            List<String> notifications = node.mailbox("bob");
            assertEquals(DEAD, notifications.size());
            Set<String> subjects = new HashSet<>();
            for (String notification : notifications) {
                subjects.add(notification
                        .substring(notification.lastIndexOf("Subject: "))
                        .lines()
                        .findFirst()
                        .orElseThrow());
            }
            assertEquals(DEAD, subjects.size(), "one for each mail");
        }
    }

    /** In this process, where nothing moves while it is counted. */
    private void countAll(int kills) throws Exception {
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            long moved = node.hasQueue(LOCAL) ? node.depth(LOCAL) : 0;
            assertEquals(ITEMS + WAITING, node.depth(RETRY) + moved, "counted after " + kills + " kills");
            Set<String> seen = new HashSet<>();
            new StoreScanner(node.node().broker().orElseThrow().service())
                    .scan((queue, message) ->
                            seen.add(((ActiveMQMessage) message).getMessageId().toString()));
            assertEquals(ITEMS + WAITING, seen.size(), "seen after " + kills + " kills");
        }
    }

    private static long moved(Child child) {
        return depth(child, LOCAL);
    }

    private static long depth(Child child, String queue) {
        try {
            return child.depth(queue);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
