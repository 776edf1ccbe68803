package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** We never set a JMS time to live, but others do. */
@Tag("server")
class ExpiryTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    @TempDir
    Path folder;

    @Test
    void mailThatExpiresBeforeItsDeliveryIsReturned() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            new Stock().timeToLive(MOMENT).put(QueueNames.deliver("local"), 1);
        }
        try (TestServer node = new TestServer(folder).start()) {
            Await.until("its sender is told", () -> node.mailbox("bob").size() == 1);
            assertEquals(1, node.depth(QueueNames.BOUNCED));
            assertTrue(node.mailbox("alice").isEmpty());
        }
    }

    @Test
    void mailThatExpiresWhileItWaitsIsReturned() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            new Stock().timeToLive(MOMENT).put("mail.retry.15m", 1);
            Await.until("its sender is told", () -> {
                node.look("mail.retry.15m");
                return node.mailbox("bob").size() == 1;
            });
            assertEquals(1, node.depth(QueueNames.BOUNCED));
        }
    }

    @Test
    void deadMailThatExpiresIsKeptForPeople() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            new Stock().timeToLive(MOMENT).put(QueueNames.DEAD, 1);
            // The broker stores it there before it takes it away here.
            Await.until("it was put aside", () -> {
                node.look(QueueNames.DEAD);
                return node.depth(QueueNames.DEAD_INVALID) == 1 && node.depth(QueueNames.DEAD) == 0;
            });
        }
    }

    @Test
    void returnedMailThatExpiresIsNotReturnedAgain() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            new Stock().timeToLive(MOMENT).put(QueueNames.BOUNCED, 1);
            Await.until("it expired", () -> {
                node.look(QueueNames.BOUNCED);
                return node.depth(QueueNames.BOUNCED) == 0;
            });
            new Stock().put(QueueNames.DEAD, 1);
            Await.until("dead mail is returned", () -> node.mailbox("bob").size() == 1);
            assertEquals(1, node.depth(QueueNames.BOUNCED));
            assertEquals(0, node.depth(QueueNames.DEAD));
        }
    }
}
