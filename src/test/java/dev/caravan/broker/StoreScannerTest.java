package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a browse does not show, and what must be seen or removed all the same. */
@Tag("server")
class StoreScannerTest {
    private static final String LOCAL = QueueNames.deliver("local");

    @TempDir
    Path folder;

    @Test
    void seesEveryMessageAlsoThoseInAConsumersHand() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            new Stock().put(LOCAL, 2100);
            new Stock().put("mail.retry.15m", 50);
            try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                    Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                    MessageConsumer consumer =
                            session.createConsumer(new ActiveMQQueue(LOCAL + "?consumer.prefetchSize=300"))) {
                for (int i = 0; i < 150; i++) {
                    assertNotNull(consumer.receive(20_000));
                }
                assertEquals(2150, walk(node).size());
                session.commit();
                assertEquals(2000, walk(node).size());
            }
        }
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            assertEquals(2000, walk(node).size());
            assertEquals(1950, node.depth(LOCAL));
        }
    }

    @Test
    void doesNotDisturbDeliveries() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            new Stock().put(LOCAL, 600);
            int walks = 0;
            while (node.depth(LOCAL) > 0) {
                walk(node);
                walks++;
            }
            assertTrue(walks > 0);
            assertEquals(600, node.mailbox("alice").size());
            assertEquals(0, node.depth(QueueNames.DEAD));
            assertEquals(0, walk(node).size());
        }
    }

    private static Set<String> walk(TestServer node) throws Exception {
        Set<String> ids = new HashSet<>();
        new StoreScanner(node.node().broker().orElseThrow().service())
                .scan((queue, message) -> ids.add(
                        ItemProperties.text(message, ItemProperties.ITEM_ID).orElse("none")));
        return ids;
    }

    @Test
    void prunesAllReturnedMailThatIsOldAndNothingElse() throws Exception {
        MovingClock clock = new MovingClock(Instant.now());
        try (TestServer node = new TestServer(folder).with(clock).start()) {
            new Stock().queuedAt(clock.instant()).put(QueueNames.BOUNCED, 1300);
            clock.advance(Duration.ofDays(5));
            new Stock().queuedAt(clock.instant()).put(QueueNames.BOUNCED, 30);
            assertEquals(0, node.node().prune());
            clock.advance(Duration.ofDays(2).plusMinutes(1));
            assertEquals(1300, node.node().prune());
            assertEquals(30, node.depth(QueueNames.BOUNCED));
            assertEquals(0, node.node().prune());
        }
    }
}
