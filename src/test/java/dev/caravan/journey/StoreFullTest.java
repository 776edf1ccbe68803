package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of 64 MB that fills up while deliveries are paused. */
@Tag("server")
class StoreFullTest {
    private static final String LOCAL = QueueNames.deliver("local");
    /** As large as travels in an item. */
    private static final String CONTENT = "Subject: large\r\n\r\n" + ("x".repeat(998) + "\r\n").repeat(250);

    @TempDir
    Path folder;

    @Test
    void refusesMailBeforeTheStoreIsFullAndTakesItAgainWhenItIsDrained() throws Exception {
        try (TestServer node = small().set("broker.max-disk-use", "60").start()) {
            int taken = 0;
            String reply = send(node);
            for (; reply.startsWith("250"); reply = send(node)) {
                taken++;
            }
            assertTrue(reply.startsWith("452 4.3.1"), reply);
            assertTrue(taken > 20, taken + " mails were taken");
            assertEquals(taken, node.depth(LOCAL));
            try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
                talk.say("EHLO client.test");
                assertTrue(talk.say("MAIL FROM:<bob@local.test>").startsWith("452 4.3.1"), "at MAIL");
            }
            drain(node, taken);
        }
    }

    @Test
    void defersMailWhileTheStoreIsFullAndStoresNoneOfItLater() throws Exception {
        try (TestServer node = small().set("broker.max-disk-use", "100")
                .set("broker.store-timeout", "2s")
                .start()) {
            int taken = 0;
            String reply = send(node);
            for (; reply.startsWith("250"); reply = send(node)) {
                taken++;
            }
            assertTrue(reply.startsWith("451 4.3.0"), reply);
            assertTrue(send(node).startsWith("451 4.3.0"));
            drain(node, taken);
        }
    }

    @Test
    void stopsWhileTheStoreIsFull() throws Exception {
        int taken = 0;
        TestServer full = small().set("broker.max-disk-use", "100")
                .set("broker.store-timeout", "2s")
                .stoppingWithin(Duration.ofSeconds(2))
                .start();
        for (String reply = send(full); reply.startsWith("250"); reply = send(full)) {
            taken++;
        }
        Instant begun = Instant.now();
        full.stop();
        Duration took = Duration.between(begun, Instant.now());
        assertTrue(took.compareTo(Duration.ofSeconds(20)) < 0, "stopped after " + took);
        try (TestServer node = new TestServer(folder).start()) {
            Await.until("all is delivered", () -> node.depth(LOCAL) == 0);
            assertEquals(taken, node.mailbox("alice").size());
        }
    }

    private static void drain(TestServer node, int taken) throws Exception {
        node.node().camel().getRouteController().startRoute("deliver-local");
        Await.until("all is delivered", () -> node.depth(LOCAL) == 0);
        assertEquals(taken, node.mailbox("alice").size());
        int more = 0;
        while (!send(node).startsWith("250")) {
            // The broker gives room back at its next clean-up.
            more++;
        }
        Await.until("the last one is delivered", () -> node.mailbox("alice").size() == taken + 1);
        assertEquals(0, node.depth(QueueNames.DEAD), more + " were refused");
    }

    private TestServer small() throws IOException {
        Path own = Files.createDirectories(folder.resolve("broker-config"));
        Files.copy(Path.of("broker-config/redelivery.xml"), own.resolve("redelivery.xml"));
        String config = Files.readString(Path.of("broker-config/activemq.xml"))
                .replace("<storeUsage percentLimit=\"95\"/>", "<storeUsage limit=\"64 mb\"/>")
                .replace("journalMaxFileLength=\"32mb\"", "journalMaxFileLength=\"4mb\" cleanupInterval=\"500\"");
        assertTrue(config.contains("64 mb") && config.contains("4mb"));
        Files.writeString(own.resolve("activemq.xml"), config);
        return new TestServer(folder).set("delivery.paused", "true");
    }

    private static String send(TestServer node) throws IOException {
        return node.trySend("<bob@local.test>", List.of("<alice@local.test>"), CONTENT);
    }
}
