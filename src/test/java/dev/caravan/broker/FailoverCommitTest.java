package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.config.ServerHome;
import dev.caravan.net.FreePort;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.TransactionContext;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.transaction.Synchronization;
import org.apache.activemq.transport.DefaultTransportListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away just before a commit, when all of the transaction but that was said. */
@Tag("server")
class FailoverCommitTest {
    private static final ActiveMQQueue TAKEN_FROM = new ActiveMQQueue("mail.deliver.smtp");
    private static final ActiveMQQueue SENT_TO = new ActiveMQQueue("mail.retry.15m");

    @TempDir
    Path folder;

    private int port;
    private EmbeddedBroker broker;
    private BrokerConnections connections;

    @BeforeEach
    void start() throws Exception {
        port = FreePort.at("127.0.0.1");
        startBroker();
        connections = new BrokerConnections("failover:(tcp://127.0.0.1:" + port + ")?timeout=10000");
    }

    private void startBroker() throws Exception {
        ServerHome home = new ServerHome(folder.resolve("broker"), Path.of(""));
        broker = EmbeddedBroker.start(
                home, ServerSettings.load(home, Map.of(), Map.of()), "tcp://127.0.0.1:" + port, () -> {});
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void saysThatTheMailIsStillInItsQueue() throws Exception {
        put();
        try (Connection connection = connections.openForConsumer();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(TAKEN_FROM)) {
            assertNotNull(consumer.receive(20_000));
            session.createProducer(SENT_TO).send(session.createMessage());
            restartBeforeTheCommit(session);
            assertThrows(JMSException.class, session::commit);
        }
        assertEquals(1, depth(TAKEN_FROM));
        assertEquals(0, depth(SENT_TO));
    }

    @Test
    void storesNothingOfWhatItCannotCommit() throws Exception {
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            session.createProducer(SENT_TO).send(session.createMessage());
            restartBeforeTheCommit(session);
            assertThrows(JMSException.class, session::commit);
        }
        assertEquals(0, depth(SENT_TO));
    }

    private void put() throws JMSException {
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            session.createProducer(TAKEN_FROM).send(session.createMessage());
        }
    }

    private void restartBeforeTheCommit(Session session) throws JMSException {
        CountDownLatch resumed = new CountDownLatch(1);
        TransactionContext transaction = ((ActiveMQSession) session).getTransactionContext();
        ((ActiveMQSession) session).getConnection().addTransportListener(new Resumed(resumed));
        transaction.addSynchronization(new Synchronization() {
            @Override
            public void beforeEnd() throws Exception {
                broker.close();
                startBroker();
                Await.zero("the client is connected again", resumed);
                // As if it had gone away a moment later, when the client had looked already whether it still may
                // commit.
                transaction.setRollbackOnly(false);
            }
        });
    }

    private static final class Resumed extends DefaultTransportListener {
        private final CountDownLatch latch;

        Resumed(CountDownLatch latch) {
            this.latch = latch;
        }

        @Override
        public void transportResumed() {
            latch.countDown();
        }
    }

    private long depth(ActiveMQQueue queue) throws Exception {
        return broker.service()
                .getDestination(queue)
                .getDestinationStatistics()
                .getMessages()
                .getCount();
    }
}
