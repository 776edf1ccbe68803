package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.broker.QueueRotation.Bounds;
import dev.caravan.broker.QueueRotation.Handler;
import dev.caravan.broker.QueueRotation.Part;
import dev.caravan.broker.QueueRotation.PassId;
import dev.caravan.config.ServerHome;
import dev.caravan.server.ServerSettings;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pass takes what its handler selects, and leaves the rest in order. */
@Tag("server")
class QueueRotationTest {
    private static final String QUEUE = "mail.hold";
    private static final Bounds WHOLE = new Bounds(Long.MAX_VALUE, Long.MAX_VALUE);

    @TempDir
    Path folder;

    private final BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
    private final QueueRotation rotation = new QueueRotation(connections, Clock.systemUTC());
    private EmbeddedBroker broker;

    @BeforeEach
    void start() throws Exception {
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        broker = EmbeddedBroker.start(
                home, ServerSettings.load(home, Map.of(), Map.of()), "tcp://127.0.0.1:0", () -> {});
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void put(int count) throws JMSException {
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            ProducerCache producers = new ProducerCache(session);
            for (int i = 0; i < count; i++) {
                Message message = session.createBytesMessage();
                message.setIntProperty("number", i);
                producers.to(QUEUE).send(message);
            }
            session.commit();
        }
    }

    private List<Integer> numbers() throws Exception {
        List<Message> messages = new ArrayList<>();
        OptionalLong next = OptionalLong.of(0);
        while (next.isPresent()) {
            next = new StoreScanner(broker.service())
                    .page(QUEUE, next.getAsLong(), (message, number) -> messages.add(message));
        }
        List<Integer> numbers = new ArrayList<>();
        for (Message message : messages) {
            numbers.add(message.getIntProperty("number"));
        }
        return numbers;
    }

    private static List<Integer> those(int count, IntPredicate which) {
        return IntStream.range(0, count).filter(which).boxed().toList();
    }

    /** Remembers what was taken for good. */
    private static final class Taking implements Handler {
        private final IntPredicate which;
        private final List<Integer> pending = new ArrayList<>();
        private final List<Integer> taken = new ArrayList<>();

        Taking(IntPredicate which) {
            this.which = which;
        }

        @Override
        public boolean take(Session session, ProducerCache producers, Message message) throws JMSException {
            int number = message.getIntProperty("number");
            if (which.test(number)) {
                pending.add(number);
                return true;
            }
            return false;
        }

        @Override
        public void committed() {
            taken.addAll(pending);
            pending.clear();
        }

        @Override
        public void rolledBack() {
            pending.clear();
        }
    }

    /** Less than a transaction, exactly one and two, and more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 400, 401, 800, 1001})
    void leavesTheRestInOrder(int count) throws Exception {
        put(count);
        for (IntPredicate which :
                List.<IntPredicate>of(number -> false, number -> number % 3 == 1, number -> number > count / 2)) {
            List<Integer> before = numbers();
            Taking handler = new Taking(which);
            Part part = rotation.run(QUEUE, PassId.ofAll(), handler, WHOLE);
            assertEquals(true, part.ended());
            assertEquals(before.stream().filter(which::test).toList(), handler.taken);
            assertEquals(handler.taken.size(), part.taken());
            assertEquals(before.size() - part.taken(), part.putBack());
            assertEquals(before.stream().filter(which.negate()::test).toList(), numbers());
        }
    }

    @Test
    void goesOnWhereItStopped() throws Exception {
        put(900);
        PassId pass = PassId.ofAll();
        Taking handler = new Taking(number -> number == 500);
        assertEquals(
                false,
                rotation.run(QUEUE, pass, handler, new Bounds(1, Long.MAX_VALUE))
                        .ended());
        assertEquals(true, rotation.run(QUEUE, pass, handler, WHOLE).ended());
        assertEquals(those(900, number -> number != 500), numbers());
    }
}
