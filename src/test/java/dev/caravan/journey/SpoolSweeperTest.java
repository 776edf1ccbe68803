package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.housekeeping.SpoolSweeper;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sweep removes what belongs to nobody, and never what belongs to a mail, wherever that is. */
@Tag("server")
class SpoolSweeperTest {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String LARGE = "Subject: large\r\n\r\n" + ("x".repeat(998) + "\r\n").repeat(300);

    @TempDir
    Path folder;

    private final MovingClock clock = new MovingClock(Instant.now());

    @Test
    void removesOrphansAndKeepsWhatIsInAnyQueue() throws Exception {
        try (TestServer node = paused().start()) {
            for (int i = 0; i < 5; i++) {
                node.send("<bob@local.test>", List.of("<alice@local.test>"), LARGE);
            }
            move(LOCAL, "mail.retry.15m");
            move(LOCAL, QueueNames.HOLD);
            move(LOCAL, QueueNames.DEAD);
            move(LOCAL, QueueNames.BOUNCED);
            Set<String> mine = files();
            assertEquals(5, mine.size());
            Path spool = folder.resolve("data/spool");
            Files.writeString(spool.resolve("tmp-left-by-a-crash"), "x");
            Files.writeString(spool.resolve("01K7Q3ZV8GABCDEF.1"), "x");
            Files.writeString(spool.resolve("somebody-elses"), "x");

            clock.advance(Duration.ofMinutes(50));
            sweepTwice(node);
            assertEquals(8, files().size(), "young files are left alone");
            clock.advance(Duration.ofMinutes(20));
            sweepTwice(node);
            assertTrue(files().containsAll(mine), "what a queue names is kept");
            assertTrue(files().contains("somebody-elses"));
            assertEquals(6, files().size(), "orphans are removed");
        }
    }

    @Test
    void keepsWhatAConsumerRejectedAndTheBrokerHides() throws Exception {
        try (TestServer node = paused().start()) {
            node.send("<bob@local.test>", List.of("<alice@local.test>"), LARGE);
            try (Connection foreign = new ActiveMQConnectionFactory(
                                    BrokerConnections.embeddedUrl() + "&jms.redeliveryPolicy.maximumRedeliveries=0")
                            .createConnection();
                    Session session = foreign.createSession(true, Session.SESSION_TRANSACTED);
                    MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(LOCAL))) {
                foreign.start();
                assertNotNull(consumer.receive(20_000));
                session.rollback();
            }
            Await.until("it is in no queue", () -> node.depth(LOCAL) == 0);
            clock.advance(Duration.ofDays(1));
            for (int day = 0; day < 3; day++) {
                sweepTwice(node);
                clock.advance(Duration.ofDays(1));
            }
            assertEquals(1, files().size());
        }
    }

    @Test
    void keepsWhatAProgramMovedOnWithoutProperties() throws Exception {
        try (TestServer node = paused().start();
                JmsProbe talk = new JmsProbe()) {
            node.send("<bob@local.test>", List.of("<alice@local.test>"), LARGE);
            node.send("<bob@local.test>", List.of("<alice@local.test>"), LARGE);
            node.send("<bob@local.test>", List.of("<alice@local.test>"), LARGE);
            talk.putOctets(QueueNames.HOLD, talk.take(LOCAL), Map.of());
            talk.putOctets("quarantine", talk.take(LOCAL), Map.of("itemId", "other"));
            talk.putText("quarantine.text", new String(talk.take(LOCAL), StandardCharsets.ISO_8859_1));
            Set<String> mine = files();
            assertEquals(3, mine.size());
            clock.advance(Duration.ofHours(2));
            sweepTwice(node);
            clock.advance(Duration.ofDays(1));
            sweepTwice(node);
            assertEquals(mine, files());
        }
    }

    @Test
    void keepsOrphansWhileAMessageCannotBeRead() throws Exception {
        try (TestServer node = paused().start();
                JmsProbe talk = new JmsProbe()) {
            talk.putCompressedJunk(QueueNames.HOLD);
            Path spool = folder.resolve("data/spool");
            Files.writeString(spool.resolve("01K7Q3ZV8GABCDEF.1"), "x");
            clock.advance(Duration.ofHours(2));
            sweepTwice(node);
            assertTrue(Files.exists(spool.resolve("orphans/01K7Q3ZV8GABCDEF.1")));
            String warning = sweeper(node).warning().orElseThrow();
            assertTrue(warning.startsWith("1 files") && warning.contains("mail.hold"), warning);

            node.clear(QueueNames.HOLD);
            Files.writeString(spool.resolve("01K7Q3ZV8GABCDEF.2"), "x");
            clock.advance(Duration.ofDays(2));
            sweepTwice(node);
            assertEquals(Set.of("orphans"), files(), "what belongs to no message is removed again");
            assertTrue(Files.exists(spool.resolve("orphans/01K7Q3ZV8GABCDEF.1")), "what was kept stays");
            Files.writeString(spool.resolve("01K7Q3ZV8GABCDEF.3"), "x");
            clock.advance(Duration.ofDays(30));
            sweepTwice(node);
            assertFalse(Files.exists(spool.resolve("orphans/01K7Q3ZV8GABCDEF.1")));
            assertTrue(sweeper(node).warning().isEmpty());
        }
    }

    private static SpoolSweeper sweeper(TestServer node) {
        return node.node().camel().getRegistry().lookupByNameAndType("spoolSweeper", SpoolSweeper.class);
    }

    /** As the timer does: a walk, and another a minute later. */
    private void sweepTwice(TestServer node) {
        sweeper(node).sweepWhenDue();
        clock.advance(Duration.ofMinutes(1));
        sweeper(node).sweepWhenDue();
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/spool"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static void move(String from, String to) throws Exception {
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(from));
                MessageProducer producer = session.createProducer(new ActiveMQQueue(to))) {
            producer.send(consumer.receive(20_000));
            session.commit();
        }
    }

    private TestServer paused() {
        return new TestServer(folder).with(clock).set("delivery.paused", "true");
    }
}
