package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RedeliveryHome;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.jmx.QueueViewMBean;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the broker would lose or double mail, were it not for the way it is configured and used. */
@Tag("server")
class BrokerFactsTest {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String RETRY = "mail.retry.15m";
    private static final long SOON_MILLIS = 20_000;

    @TempDir
    Path folder;

    private final MovingClock clock = new MovingClock(Instant.now());

    @Test
    void keepsAllQueuesInOneStore() throws Exception {
        // A transaction over two stores makes counts wrong and mail invisible after a crash.
        try (TestServer node = paused().start()) {
            assertInstanceOf(
                    KahaDBPersistenceAdapter.class,
                    node.node().broker().orElseThrow().service().getPersistenceAdapter());
        }
    }

    @Test
    void countsNothingWhenAConnectionClosesWithMailInHand() throws Exception {
        try (TestServer node = paused().start()) {
            new Stock().put(LOCAL, 3);
            for (int i = 0; i < 10; i++) {
                takeAndClose(3, i % 2 == 0);
            }
            Await.until("all are back", () -> node.depth(LOCAL) == 3);
            takeAndClose(3, false);
            assertEquals(0, node.depth(QueueNames.DEAD));
        }
    }

    private static void takeAndClose(int count, boolean rollingBack) throws Exception {
        Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(LOCAL + "?consumer.prefetchSize=10"));
        for (int i = 0; i < count; i++) {
            assertNotNull(consumer.receive(SOON_MILLIS));
        }
        if (rollingBack) {
            session.rollback();
        }
        connection.close();
    }

    @Test
    void aQueueThatIsFullDoesNotStopSendersToOthers() throws Exception {
        try (TestServer node = paused().start()) {
            // More than the limit of a queue's memory, and more than half of this machine's heap is not needed.
            new Stock().size(200_000).put(RETRY, 120);
            for (int i = 0; i < 20; i++) {
                assertTrue(SmtpTestClient.sendOne(
                                node.smtp(), "<bob@local.test>", "<alice@local.test>", "Subject: x\r\n\r\n")
                        .startsWith("250"));
            }
            new Stock().put(RETRY, 20);
            assertEquals(20, node.depth(LOCAL));
            assertEquals(140, node.depth(RETRY));
        }
    }

    @Test
    void movesAllThatIsDueAndNothingElse() throws Exception {
        try (TestServer node = paused().with(clock).start()) {
            new Stock().due(clock.instant().minusSeconds(1)).put(RETRY, 1000);
            new Stock().due(clock.instant().plus(Duration.ofMinutes(10))).put(RETRY, 5);
            int ticks = 0;
            while (node.node().tick() > 0) {
                ticks++;
            }
            assertTrue(ticks < 20, "batches, not one by one: " + ticks);
            assertEquals(1000, node.depth(LOCAL));
            assertEquals(5, node.depth(RETRY));
        }
        try (TestServer node = paused().with(clock).start()) {
            assertEquals(0, node.node().tick());
            clock.advance(Duration.ofMinutes(9));
            assertEquals(0, node.node().tick());
            clock.advance(Duration.ofMinutes(2));
            assertEquals(5, node.node().tick());
            assertEquals(1005, node.depth(LOCAL));
        }
    }

    @Test
    void movesByOthersBetweenAndDuringTicksYieldExactNumbers() throws Exception {
        try (TestServer node = paused().with(clock).start()) {
            new Stock().due(clock.instant()).put(RETRY, 2000);
            QueueViewMBean view = view(node, RETRY);
            int held = 0;
            for (int i = 0; i < 5; i++) {
                // The broker's own move does not ask whose hand a message is in: it is for the time between two ticks.
                held += view.moveMatchingMessagesTo("transport = 'local'", QueueNames.HOLD, 20);
                node.node().tick();
            }
            AtomicBoolean ending = new AtomicBoolean();
            Thread ticks = new Thread(() -> {
                while (!ending.get()) {
                    node.node().tick();
                }
            });
            ticks.start();
            while (node.depth(RETRY) > 0) {
                held += moveByJms(RETRY, QueueNames.HOLD, 20);
            }
            ending.set(true);
            ticks.join();
            assertEquals(held, node.depth(QueueNames.HOLD));
            assertEquals(2000 - held, node.depth(LOCAL));
            assertEquals(held, distinct(QueueNames.HOLD, held));
            assertEquals(2000 - held, distinct(LOCAL, 2000 - held));
        }
    }

    /** As any JMS tool moves messages: in a transaction. */
    private static int moveByJms(String from, String to, int count) throws Exception {
        try (Connection connection = foreign("");
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue(to));
                MessageConsumer consumer =
                        session.createConsumer(new ActiveMQQueue(from + "?consumer.prefetchSize=" + count))) {
            int moved = 0;
            for (Message message = consumer.receive(100);
                    message != null && moved < count;
                    message = consumer.receive(100)) {
                producer.send(message);
                moved++;
            }
            session.commit();
            return moved;
        }
    }

    private static QueueViewMBean view(TestServer node, String queue) throws Exception {
        javax.management.ObjectName name = new javax.management.ObjectName(
                "org.apache.activemq:type=Broker,brokerName=caravan,destinationType=Queue,destinationName=" + queue);
        return (QueueViewMBean) node.node()
                .broker()
                .orElseThrow()
                .service()
                .getManagementContext()
                .newProxyInstance(name, QueueViewMBean.class, true);
    }

    /** Takes so many messages out of a queue, and says how many different items they are. */
    private static int distinct(String queue, int count) throws Exception {
        Set<String> ids = new HashSet<>();
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(queue))) {
            for (int i = 0; i < count; i++) {
                Message message = consumer.receive(SOON_MILLIS);
                assertNotNull(message, "message " + i + " of " + queue);
                ids.add(message.getStringProperty(ItemProperties.ITEM_ID));
            }
        }
        return ids.size();
    }

    @Test
    void aRejectionOnTheDeadLetterQueueDestroysNothing() throws Exception {
        RedeliveryHome.shortDelays(folder);
        try (TestServer node = paused().start()) {
            new Stock().put(QueueNames.DEAD, 1);
            // A foreign client gives up after six redeliveries, which is a rejection for good.
            try (Connection foreign = foreign("")) {
                rollBack(foreign, QueueNames.DEAD, 7);
            }
            Await.until("it is back in its queue", () -> node.depth(QueueNames.DEAD) == 1);
            for (int i = 0; i < 10; i++) {
                try (Connection ours = new BrokerConnections(BrokerConnections.embeddedUrl()).open()) {
                    rollBack(ours, QueueNames.DEAD, 3);
                }
            }
            assertEquals(1, node.depth(QueueNames.DEAD));
            assertEquals(1, distinct(QueueNames.DEAD, 1));
        }
    }

    private static void rollBack(Connection connection, String queue, int times) throws Exception {
        try (Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(queue))) {
            for (int i = 0; i < times; i++) {
                assertNotNull(consumer.receive(SOON_MILLIS), "redelivery " + i);
                session.rollback();
            }
        }
    }

    @Test
    void whatAForeignConsumerRejectsIsRedeliveredThenReturned() throws Exception {
        RedeliveryHome.shortDelays(folder);
        try (TestServer node = new TestServer(folder).start();
                Connection foreign = foreign(
                        "&jms.redeliveryPolicy.maximumRedeliveries=0&jms.redeliveryPolicy.preDispatchCheck=false")) {
            new Stock().transport("custom").put("mail.deliver.custom", 1);
            rollBack(foreign, "mail.deliver.custom", 3);
            Await.until("it is returned", () -> node.depth(QueueNames.BOUNCED) == 1);
            Await.until("its sender is told", () -> node.mailbox("bob").size() == 1);
            String notification = node.mailbox("bob").get(0);
            assertTrue(notification.contains("Final-Recipient: rfc822; alice@local.test"), notification);
            assertTrue(notification.contains("Action: failed"), notification);
            assertEquals(0, node.depth(QueueNames.DEAD));
        }
    }

    @Test
    void whatAForeignConsumerWithTheDefaultPolicyRejectsComesBack() throws Exception {
        RedeliveryHome.shortDelays(folder);
        try (TestServer node = new TestServer(folder).start();
                Connection foreign = foreign("")) {
            new Stock().transport("custom").put("mail.deliver.custom", 1);
            rollBack(foreign, "mail.deliver.custom", 7);
            Await.until("it is back in its queue", () -> node.depth("mail.deliver.custom") == 1);
            assertTrue(node.mailbox("bob").isEmpty());
        }
    }

    private static Connection foreign(String options) throws Exception {
        Connection connection =
                new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl() + options).createConnection();
        connection.start();
        return connection;
    }

    private TestServer paused() {
        return new TestServer(folder).set("delivery.paused", "true");
    }
}
