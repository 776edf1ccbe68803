package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caravan.broker.AnnouncedQueues;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The connection that hears of new queues does not wait for who makes them. */
@Tag("server")
class WatcherTest {
    private static final int ROUNDS = 100;
    private static final long LONGEST_MILLIS = 60_000;

    @TempDir
    Path folder;

    @Test
    void startsToWatchWhileQueuesAreMade() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
            AtomicBoolean isOver = new AtomicBoolean();
            Thread maker = new Thread(() -> makeQueues(connections, isOver), "maker");
            Thread watcher = new Thread(() -> watch(connections), "watcher");
            maker.setDaemon(true);
            watcher.setDaemon(true);
            maker.start();
            watcher.start();
            watcher.join(LONGEST_MILLIS);
            isOver.set(true);
            maker.join(LONGEST_MILLIS);
            assertFalse(watcher.isAlive() || maker.isAlive(), "they wait for each other");
        }
    }

    private static void watch(BrokerConnections connections) {
        try {
            for (int i = 0; i < ROUNDS; i++) {
                try (AnnouncedQueues queues = AnnouncedQueues.open(connections)) {
                    queues.names();
                }
            }
        } catch (jakarta.jms.JMSException e) {
            throw new AssertionError(e);
        }
    }

    private static void makeQueues(BrokerConnections connections, AtomicBoolean isOver) {
        try (ActiveMQConnection connection = (ActiveMQConnection) connections.open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            for (int i = 0; !isOver.get(); i++) {
                ActiveMQQueue queue = new ActiveMQQueue("watched." + i);
                session.createProducer(queue).close();
                session.createConsumer(queue).close();
                connection.destroyDestination(queue);
            }
        } catch (jakarta.jms.JMSException e) {
            throw new AssertionError(e);
        }
    }
}
