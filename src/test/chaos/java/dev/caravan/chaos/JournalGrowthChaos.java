package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.MessageCopy;
import dev.caravan.housekeeping.BouncedPruner;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.CompactionRule;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The journal over a week in which one mail of a thousand is held and one is returned. All sizes are those of a server
 * divided by 128, the number of mails too: journal files of 256 KiB and not 32 MiB, passes after 4 MiB and not 512 MiB,
 * and 240 mails an hour that stand for 31,000. Prints the figures of each day, without passes and with them.
 */
class JournalGrowthChaos {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final int SCALE = 128;
    private static final int MAILS_AN_HOUR = 240;
    private static final int MAIL_OCTETS = 4096;
    private static final int BATCH = 20;
    private static final int EACH = 1000;
    private static final int DAYS = 7;
    private static final Duration STEP = Duration.ofMinutes(10);

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();
    private long mails;
    private long held;
    private long bounced;

    @Test
    void staysFlatOverAWeek() throws Exception {
        List<Long> without = week(false);
        List<Long> with = week(true);
        System.out.println("| day | without | with |\n|---|---|---|");
        for (int day = 0; day < DAYS; day++) {
            System.out.println(
                    "| " + (day + 1) + " | " + asServer(without.get(day)) + " | " + asServer(with.get(day)) + " |");
        }
        assertTrue(without.get(DAYS - 1) > 10 * with.get(DAYS - 1), without + " without, " + with + " with passes");
    }

    private static String asServer(long octets) {
        return String.format(Locale.ROOT, "%.1f GiB", octets * SCALE / (double) (1L << 30));
    }

    /** @return the largest size of the journal on each day, in octets. */
    private List<Long> week(boolean renewing) throws Exception {
        mails = 0;
        held = 0;
        bounced = 0;
        Path home = folder.resolve(renewing ? "with" : "without");
        List<Long> days = new ArrayList<>();
        try (TestServer node = scaled(home).start();
                JournalCompactor renewal = renewal(node);
                Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            for (int day = 0; day < DAYS; day++) {
                long largest = 0;
                for (Duration time = Duration.ZERO; time.compareTo(Duration.ofDays(1)) < 0; time = time.plus(STEP)) {
                    pass(session, (int) (MAILS_AN_HOUR * STEP.toMinutes() / 60));
                    clock.advance(STEP);
                    if (renewing) {
                        renewal.renewWhenDue();
                    }
                    broker(node).getPersistenceAdapter().checkpoint(true);
                    largest = Math.max(largest, journalOctets(home));
                }
                days.add(largest);
            }
            assertEquals(held, node.depth(QueueNames.HOLD));
            assertEquals(bounced, node.depth(QueueNames.BOUNCED));
        }
        return days;
    }

    /** Some mails come and go; a few stay. */
    private void pass(Session session, int count) throws JMSException {
        new Stock().size(MAIL_OCTETS).queuedAt(clock.instant()).put(LOCAL, count);
        try (MessageConsumer consumer = session.createConsumer(
                        new ActiveMQQueue(LOCAL + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + BATCH));
                MessageProducer producer = session.createProducer(null)) {
            for (int i = 0; i < count; i++) {
                Message message = consumer.receive(60_000);
                mails++;
                if (mails % EACH == 0) {
                    producer.send(new ActiveMQQueue(QueueNames.HOLD), MessageCopy.of(session, (BytesMessage) message));
                    held++;
                } else if (mails % EACH == EACH / 2) {
                    producer.send(
                            new ActiveMQQueue(QueueNames.BOUNCED), MessageCopy.of(session, (BytesMessage) message));
                    bounced++;
                }
                if (i % BATCH == BATCH - 1) {
                    session.commit();
                }
            }
            session.commit();
        }
    }

    private TestServer scaled(Path home) throws IOException {
        Path own = Files.createDirectories(home.resolve("broker-config"));
        String config = Files.readString(Path.of("broker-config/activemq.xml"))
                .replace(
                        "journalMaxFileLength=\"32mb\"",
                        "journalMaxFileLength=\"" + (32 << 20) / SCALE + "\" cleanupInterval=\"3600000\"");
        assertTrue(config.contains("cleanupInterval"));
        Files.writeString(own.resolve("activemq.xml"), config);
        return new TestServer(home).with(clock).set("delivery.paused", "true");
    }

    /** The server's own, but for the size at which it begins. */
    private JournalCompactor renewal(TestServer node) throws IOException {
        CompactionRule rule = new CompactionRule(
                CompactionRule.DEFAULT.growth() / SCALE,
                CompactionRule.DEFAULT.usual(),
                CompactionRule.DEFAULT.longest(),
                CompactionRule.DEFAULT.shareOfTime());
        BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
        Spool spool = new Spool(node.folder().resolve("data/spool"), 1, 1);
        return new JournalCompactor(
                connections,
                new JournalCompactor.Store(rule, () -> Optional.of(storeOctets(node))),
                new BouncedPruner(
                        connections,
                        Duration.ofDays(DAYS + 1),
                        spool,
                        ClockWatch.steady(clock),
                        new UnsupportedItems()),
                clock);
    }

    private static long storeOctets(TestServer node) {
        return node.node().broker().orElseThrow().storeOctets();
    }

    private static BrokerService broker(TestServer node) {
        return node.node().broker().orElseThrow().service();
    }

    private static long journalOctets(Path home) throws IOException {
        long octets = 0;
        try (Stream<Path> files = Files.list(home.resolve("data/broker/kahadb"))) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().matches("db-[0-9]+\\.log")) {
                    octets += Files.size(file);
                }
            }
        }
        return octets;
    }
}
