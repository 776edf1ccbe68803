package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Instant;
import java.util.OptionalLong;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Test;

/** Thousands of retries that are due together take turns with new mail. */
@RunningServer(settings = "delivery.paused=true")
class RetryTurnsJourneyTest {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String RETRY = "mail.retry.15m";
    private static final int RETRIES = 5000;
    private static final long SOON_MILLIS = 20_000;

    private TestServer node;

    @BeforeStart
    void letTimersRun() {
        node.ticking();
    }

    @Test
    void newMailWaitsForFewRetries() throws Exception {
        new Stock().due(Instant.now().minusSeconds(1)).put(RETRY, RETRIES);
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageConsumer consumer =
                        session.createConsumer(new ActiveMQQueue(LOCAL + "?consumer.prefetchSize=0"))) {
            for (int i = 0; i < 100; i++) {
                assertNotNull(consumer.receive(SOON_MILLIS));
            }
            node.send("<carol@local.test>", "<alice@local.test>");
            int before = 0;
            while (!isFromCarol(consumer.receive(SOON_MILLIS))) {
                before++;
            }
            // Some more than the window, should this thread stand still for a second or two.
            assertTrue(before < RETRIES / 2, before + " retries came first");
            for (int after = 100 + before; after < RETRIES; after++) {
                assertNotNull(consumer.receive(SOON_MILLIS), () -> "less than all came");
            }
            Await.until("all are moved", () -> node.depth(RETRY) == 0 && node.depth(LOCAL) == 0);
        }
    }

    private static boolean isFromCarol(Message message) throws Exception {
        assertNotNull(message);
        return message.getStringProperty("sender").equals("carol@local.test");
    }

    @Test
    void retriesForOthersPassThoseWhoseTransportTakesNone() throws Exception {
        new Stock().transport("stuck").due(Instant.now().minusSeconds(1)).put(RETRY, 1100);
        new Stock().due(Instant.now().minusSeconds(1)).put(RETRY, 1);
        Await.until("the one behind is moved", () -> node.depth(LOCAL) == 1);
        Await.until("all are moved", () -> node.depth(QueueNames.deliver("stuck")) == 1100 && node.depth(RETRY) == 0);
    }

    @Test
    void aLookAtTheFirstMessagePassesThoseInHand() throws Exception {
        BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                DueMessageConsumer looking = new DueMessageConsumer(connections)) {
            assertEquals(OptionalLong.empty(), looking.firstSentAt(LOCAL));
            new Stock().put(LOCAL, 3);
            MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(LOCAL + "?consumer.prefetchSize=0"));
            for (int taken = 0; taken < 3; taken++) {
                OptionalLong first = looking.firstSentAt(LOCAL);
                Message message = consumer.receive(SOON_MILLIS);
                assertEquals(OptionalLong.of(message.getJMSTimestamp()), first, taken + " in hand");
            }
            assertEquals(OptionalLong.empty(), looking.firstSentAt(LOCAL));
            assertEquals(3, node.depth(LOCAL));
            session.rollback();
        }
    }
}
