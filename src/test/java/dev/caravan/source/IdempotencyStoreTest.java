package dev.caravan.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.ServerHome;
import dev.caravan.queue.ClockWatch;
import dev.caravan.server.ServerSettings;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every name under which something was submitted is known after a start, however many there are. */
class IdempotencyStoreTest {
    /** More than some pages of the broker, and than a consumer is sent that acknowledges nothing. */
    private static final int MARKS = 2500;

    @TempDir
    Path folder;

    private static String key(int number) {
        return IdempotencyRecord.key("test", Integer.toString(number));
    }

    private static void store() throws Exception {
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue("mail.submitted"))) {
            for (int i = 0; i < MARKS; i++) {
                EncodedItemMessage mark =
                        new IdempotencyRecord(key(i), IdempotencyRecord.NO_DIGEST, "mail" + i, Instant.now()).message();
                BytesMessage message = session.createBytesMessage();
                for (Map.Entry<String, Object> property : mark.properties().entrySet()) {
                    message.setObjectProperty(property.getKey(), property.getValue());
                }
                producer.send(message);
            }
            session.commit();
        }
    }

    private static void assertAllKnown(IdempotencyStore marks) throws Exception {
        int unknown = 0;
        for (int i = 0; i < MARKS; i++) {
            unknown += marks.find(key(i)).isPresent() ? 0 : 1;
        }
        assertEquals(0, unknown, "names that are not known");
        assertTrue(marks.find(key(MARKS)).isEmpty());
    }

    private EmbeddedBroker broker() throws Exception {
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        return EmbeddedBroker.start(home, ServerSettings.load(home, Map.of(), Map.of()), "tcp://127.0.0.1:0", () -> {});
    }

    @Test
    void readsThemAllFromTheStoreOfItsOwnProcess() throws Exception {
        try (EmbeddedBroker broker = broker()) {
            store();
        }
        try (EmbeddedBroker broker = broker();
                IdempotencyStore marks = new IdempotencyStore(
                        new BrokerConnections(BrokerConnections.embeddedUrl()),
                        Optional.of(new StoreScanner(broker.service())),
                        Duration.ofDays(1),
                        ClockWatch.ofSystem())) {
            assertAllKnown(marks);
        }
    }

    @Test
    void readsThemAllFromABrokerElsewhereAndLeavesThem() throws Exception {
        try (EmbeddedBroker broker = broker()) {
            store();
            BrokerConnections connections =
                    new BrokerConnections(broker.addresses().get(0));
            try (IdempotencyStore marks =
                    new IdempotencyStore(connections, Optional.empty(), Duration.ofDays(1), ClockWatch.ofSystem())) {
                assertAllKnown(marks);
                assertEquals(MARKS, new StoreScanner(broker.service()).depth("mail.submitted"));
                // As after a commit in doubt.
                marks.doubt();
                assertAllKnown(marks);
            }
        }
    }
}
