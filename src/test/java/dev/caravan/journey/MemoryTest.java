package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory stays flat: many clients send 25 MB each at once to a server with a heap of 128 MB. It needs 1 GB of disk;
 * {@code -Dmemory.clients=100} needs 2.5 GB.
 */
@Tag("server")
class MemoryTest {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryTest.class);
    private static final int CLIENTS = Integer.getInteger("memory.clients", 40);
    private static final int CHUNKS = 25;
    /** With its envelope just what travels in an item. */
    private static final int LARGEST_INLINE = 262_000;

    /** 1 MB of lines, of no particular length. */
    private static final byte[] CHUNK =
            ("x".repeat(70) + "\r\n" + "y".repeat(926) + "\r\n").repeat(1000).getBytes(StandardCharsets.ISO_8859_1);

    @TempDir
    Path home;

    @Test
    void takesManyLargeMailsAtOnceWithASmallHeap() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (Child child = new Child(home, List.of("-Xmx128m"), List.of("delivery.paused=true"))) {
            CountDownLatch atOnce = new CountDownLatch(CLIENTS);
            Instant begun = Instant.now();
            List<Future<String>> replies = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                replies.add(clients.submit(() -> send(child.smtp(), atOnce)));
            }
            for (Future<String> reply : replies) {
                assertTrue(reply.get().startsWith("250 2.0.0"), reply.get());
            }
            assertEquals(CLIENTS, child.depth(QueueNames.deliver("local")));
            assertTrue(child.isAlive());
            LOG.warn(
                    "{} clients sent {} MB each in {}, the server's memory was {} MiB at most",
                    CLIENTS,
                    CHUNKS,
                    Duration.between(begun, Instant.now()),
                    child.peakKib() / 1024);
            child.stop();
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void movesDeliversAndReturnsManyItemsOfTheLargestKindWithASmallHeap() throws Exception {
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            new Stock().size(LARGEST_INLINE).due(Instant.now()).put("mail.retry.15m", 500);
            new Stock().size(LARGEST_INLINE).put(QueueNames.deliver("local"), 200);
            new Stock().size(LARGEST_INLINE).put(QueueNames.DEAD, 200);
            new Stock().size(LARGEST_INLINE).queuedAt(Instant.EPOCH).put(QueueNames.BOUNCED, 300);
        }
        try (Child child = new Child(home, List.of("-Xmx128m"), List.of())) {
            Await.until("all is delivered and returned", () -> child.open() == 0);
            LOG.warn("the server's memory was {} MiB at most", child.peakKib() / 1024);
            child.stop();
        }
        MovingClock clock = MovingClock.now();
        try (TestServer node = new TestServer(home).with(clock).start()) {
            // Nothing is removed for its age before the clock is known to be right.
            clock.advance(ClockWatch.LONG);
            assertEquals(700, node.mailbox("alice").size());
            assertEquals(200, node.mailbox("bob").size());
            while (node.node().prune() > 0) {
                assertTrue(node.depth(QueueNames.BOUNCED) >= 200);
            }
            assertEquals(200, node.depth(QueueNames.BOUNCED));
        }
    }

    private static String send(InetSocketAddress server, CountDownLatch atOnce) throws IOException {
        try (SmtpTestClient talk = new SmtpTestClient(server)) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<bob@local.test> SIZE=25000000");
            talk.say("RCPT TO:<alice@local.test>");
            assertTrue(talk.say("DATA").startsWith("354"));
            talk.raw("Subject: large\r\n\r\n");
            // All are in the middle of their mails before any ends.
            atOnce.countDown();
            Await.zero("all are in the middle", atOnce);
            for (int i = 0; i < CHUNKS; i++) {
                talk.raw(CHUNK);
            }
            return talk.say(".");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
