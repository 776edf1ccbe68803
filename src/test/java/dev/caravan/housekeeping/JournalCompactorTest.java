package dev.caravan.housekeeping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.StoreScanner;
import dev.caravan.lifecycle.Threads;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.CompactionRule;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stays long is stored anew, so that it keeps no old journal files, and nothing else about it changes. */
@Tag("server")
class JournalCompactorTest {
    private static final String LOCAL = QueueNames.deliver("local");

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();

    @Test
    void changesNothingButThePlaceInTheStore() throws Exception {
        try (TestServer node = paused().start();
                JmsProbe talk = new JmsProbe()) {
            new Stock().queuedAt(clock.instant().minus(Duration.ofDays(2))).put(QueueNames.BOUNCED, 250);
            new Stock().put(QueueNames.HOLD, 3);
            talk.putText(QueueNames.DEAD_INVALID, "not a mail");
            Set<Map<String, String>> before = contents(talk);
            clock.advance(Duration.ofHours(1));

            assertEquals(254, renewal(node).compact());

            assertEquals(before, contents(talk));
            assertEquals(254, items(node).size());
            assertEquals(0, renewal(node).compact(), "a pass ends at what it has stored itself");
            clock.advance(Duration.ofHours(1));
            assertEquals(254, renewal(node).compact());
            assertEquals(before, contents(talk));
        }
    }

    @Test
    void letsOldJournalFilesGo() throws Exception {
        try (TestServer node = smallFiles().start()) {
            new Stock().put(QueueNames.HOLD, 1);
            for (int i = 0; i < 20; i++) {
                new Stock().size(10_000).put(LOCAL, 100);
                node.clear(LOCAL);
            }
            checkpoint(node);
            assertTrue(journalFiles() >= 12, journalFiles() + " files are kept by one mail");
            assertEquals(1, renewal(node).compact());
            checkpoint(node);
            assertTrue(journalFiles() <= 3, journalFiles() + " files");
            assertEquals(1, node.items(QueueNames.HOLD).size());
        }
    }

    @Test
    void removesReturnedMailThatIsTooOldWhereverItStands() throws Exception {
        try (TestServer node = paused().start()) {
            clock.advance(Duration.ofHours(1));
            new Stock().queuedAt(clock.instant()).put(QueueNames.BOUNCED, 2);
            new Stock().queuedAt(clock.instant().minus(Duration.ofDays(8))).put(QueueNames.BOUNCED, 3);
            new Stock().queuedAt(clock.instant().minus(Duration.ofDays(8))).put(QueueNames.HOLD, 1);
            assertEquals(0, node.node().prune());
            assertEquals(6, renewal(node).compact());
            assertEquals(2, node.depth(QueueNames.BOUNCED));
            assertEquals(1, node.depth(QueueNames.HOLD));
        }
    }

    @Test
    void hidesNothingFromAWalk() throws Exception {
        try (TestServer node = paused().start()) {
            new Stock().put(QueueNames.HOLD, 1000);
            Set<String> seen = new HashSet<>();
            int[] walked = {0};
            List<Thread> passes = new ArrayList<>();
            new StoreScanner(node.node().broker().orElseThrow().service()).scan((queue, message) -> {
                // The walk is between two pages, and then in the middle of what has moved meanwhile.
                if (walked[0]++ % 150 == 149) {
                    clock.advance(Duration.ofSeconds(1));
                    passes.add(Threads.start("pass", () -> renewal(node).compact()));
                }
                seen.add(property(message));
            });
            for (Thread pass : passes) {
                pass.join();
            }
            assertTrue(passes.size() > 5);
            assertEquals(1000, seen.size());
        }
    }

    @Test
    void goesOnWhereSeveralNodesDoIt() throws Exception {
        try (TestServer node = paused().start()) {
            new Stock().put(QueueNames.HOLD, 2000);
            Set<String> before = new HashSet<>(items(node));
            List<Thread> nodes = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                JournalCompactor other = another();
                nodes.add(Threads.start("node-" + i, () -> {
                    for (int pass = 0; pass < 3; pass++) {
                        other.compact();
                    }
                    other.close();
                }));
            }
            for (Thread other : nodes) {
                other.join();
            }
            assertEquals(2000, node.depth(QueueNames.HOLD));
            assertEquals(before, new HashSet<>(items(node)));
        }
    }

    @Test
    void losesAndDoublesNothingWhenKilled() throws Exception {
        try (TestServer node = paused().start()) {
            new Stock().put(QueueNames.HOLD, 1000);
        }
        for (int kill = 0; kill < 2; kill++) {
            try (Child child = new Child(folder, List.of("-Xmx256m"), List.of("delivery.paused=true"))) {
                child.renewWithoutEnd();
                Await.until("some passes were made", () -> child.renewed() > 1500);
                child.kill();
            }
            try (TestServer node = paused().start()) {
                assertEquals(1000, node.depth(QueueNames.HOLD));
                assertEquals(1000, items(node).size());
                assertEquals(1000, new HashSet<>(items(node)).size());
            }
        }
    }

    private TestServer paused() {
        return new TestServer(folder).with(clock).set("delivery.paused", "true");
    }

    private TestServer smallFiles() throws IOException {
        Path own = Files.createDirectories(folder.resolve("broker-config"));
        String config = Files.readString(Path.of("broker-config/activemq.xml"))
                .replace("journalMaxFileLength=\"32mb\"", "journalMaxFileLength=\"1mb\"");
        assertTrue(config.contains("\"1mb\""));
        Files.writeString(own.resolve("activemq.xml"), config);
        return paused();
    }

    private static JournalCompactor renewal(TestServer node) {
        return node.node().camel().getRegistry().lookupByNameAndType("journalRenewal", JournalCompactor.class);
    }

    /** As on another machine. */
    private JournalCompactor another() throws IOException {
        BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
        Spool spool = new Spool(folder.resolve("data/spool"), 1, 1);
        return new JournalCompactor(
                connections,
                new JournalCompactor.Store(CompactionRule.DEFAULT, Optional::empty),
                new BouncedPruner(
                        connections, Duration.ofDays(7), spool, ClockWatch.steady(clock), new UnsupportedItems()),
                clock);
    }

    private static void checkpoint(TestServer node) throws Exception {
        for (int i = 0; i < 2; i++) {
            // What the broker does every 30 seconds.
            node.node().broker().orElseThrow().service().getPersistenceAdapter().checkpoint(true);
        }
    }

    private long journalFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/broker/kahadb"))) {
            return files.filter(file -> file.getFileName().toString().matches("db-[0-9]+\\.log"))
                    .count();
        }
    }

    /** All that a client sees of the messages that stay, but when they were stored anew. */
    private static Set<Map<String, String>> contents(JmsProbe talk) throws Exception {
        Set<Map<String, String>> contents = new HashSet<>();
        for (String queue : QueueNames.STAYING) {
            for (Message message : talk.browse(queue)) {
                Map<String, String> content = new TreeMap<>();
                Enumeration<?> names = message.getPropertyNames();
                for (Object name : Collections.list(names)) {
                    Object value = message.getObjectProperty(name.toString());
                    content.put(name.toString(), value.getClass().getSimpleName() + " " + value);
                }
                content.remove("renewedAt");
                // The broker's own, and not kept.
                content.remove("JMSXDeliveryCount");
                content.put("queue", queue);
                content.put("class", message.getClass().getSimpleName());
                content.put(
                        "octets",
                        MessageCopy.octets(message)
                                .map(octets -> new String(octets, StandardCharsets.UTF_8))
                                .orElse("none"));
                content.put("delivery", message.getJMSDeliveryMode() + " " + message.getJMSExpiration());
                contents.add(content);
            }
        }
        return contents;
    }

    private static List<String> items(TestServer node) throws Exception {
        List<String> items = new ArrayList<>();
        new StoreScanner(node.node().broker().orElseThrow().service())
                .scan((queue, message) -> items.add(property(message)));
        return items;
    }

    private static String property(Message message) {
        return ItemProperties.text(message, ItemProperties.ITEM_ID).orElse("none");
    }
}
