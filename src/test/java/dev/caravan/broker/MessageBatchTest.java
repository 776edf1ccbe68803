package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.MessageBatch.Item;
import dev.caravan.broker.MessageBatch.Limits;
import dev.caravan.broker.MessageCollector.Collected;
import dev.caravan.config.ServerHome;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each message of a queue is followed up once, together with others or alone. */
@Tag("server")
class MessageBatchTest {
    private static final String QUEUE = "mail.submit";
    private static final String FOLLOW_UPS = "mail.hold";

    @TempDir
    Path folder;

    private final BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
    private final ShutdownState shutdown = new ShutdownState();
    private final List<MessageBatch> running = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Throwable> stayed = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> committed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger rolledBack = new AtomicInteger();
    private EmbeddedBroker broker;

    @BeforeEach
    void start() throws Exception {
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        broker = EmbeddedBroker.start(
                home, ServerSettings.load(home, Map.of(), Map.of()), "tcp://127.0.0.1:0", () -> {});
    }

    @AfterEach
    void stop() throws Exception {
        running.forEach(MessageBatch::end);
        shutdown.begin();
        for (Thread thread : threads) {
            thread.join();
        }
        broker.close();
    }

    private void put(int from, int to) throws JMSException {
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            ProducerCache producers = new ProducerCache(session);
            for (int i = from; i < to; i++) {
                Message message = session.createBytesMessage();
                message.setIntProperty("number", i);
                producers.to(QUEUE).send(message);
            }
            session.commit();
        }
    }

    private interface Fails {
        boolean now(int number);
    }

    /** Follows each message up, after which some fail. */
    private void consume(Limits limits, Fails fails) {
        MessageBatch batch = new MessageBatch(connections, QUEUE, limits, shutdown, new MessageBatch.Handler() {
            @Override
            public Optional<Throwable> handle(Item item) {
                int number = number(item.message());
                item.commit(session -> {
                            Message message = session.createMessage();
                            message.setIntProperty("number", number);
                            ProducerCache.of(session).to(FOLLOW_UPS).send(message);
                        })
                        .whenComplete((done, failure) -> {
                            if (failure == null) {
                                committed.add(number);
                            } else if (failure instanceof MessageBatch.RolledBackException) {
                                rolledBack.incrementAndGet();
                            }
                        });
                return fails.now(number) ? Optional.of(new IllegalStateException("" + number)) : Optional.empty();
            }

            @Override
            public void stays(Throwable failure) {
                stayed.add(failure);
            }
        });
        running.add(batch);
        Thread thread = new Thread(batch, "batch");
        threads.add(thread);
        thread.start();
    }

    private static int number(Message message) {
        try {
            return message.getIntProperty("number");
        } catch (JMSException e) {
            throw new AssertionError(e);
        }
    }

    private List<Integer> followUps(int count) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            var consumer = session.createConsumer(new ActiveMQQueue(FOLLOW_UPS));
            Await.until("all are followed up", () -> {
                try {
                    for (Message m = consumer.receive(100); m != null; m = consumer.receive(100)) {
                        numbers.add(number(m));
                    }
                } catch (JMSException e) {
                    throw new AssertionError(e);
                }
                return numbers.size() >= count;
            });
        }
        return numbers.stream().sorted().toList();
    }

    private static List<Integer> all(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void followsUpEachOnceWhileProgramsSend() throws Exception {
        consume(new Limits(50, 4 << 20), number -> false);
        consume(new Limits(50, 4 << 20), number -> false);
        for (int from = 0; from < 3000; from += 20) {
            put(from, from + 20);
        }
        assertEquals(all(3000), followUps(3000));
        assertEquals(all(3000), committed.stream().sorted().toList());
    }

    @Test
    void losesAndDoublesNothingWhenSomeFail() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        put(0, 120);
        consume(new Limits(50, 4 << 20), number -> number % 50 == 37 && failures.incrementAndGet() <= 5);
        assertEquals(all(120), followUps(120));
        assertEquals(all(120), committed.stream().sorted().toList());
        assertTrue(rolledBack.get() >= 37, "those before the failed one were rolled back, " + rolledBack);
        assertTrue(stayed.size() >= 2 && stayed.size() < 5, stayed.toString());
    }

    @Test
    void aMessageThatFailsHoldsUpNoneThatOthersCanTake() throws Exception {
        put(0, 100);
        consume(new Limits(50, 4 << 20), number -> number == 0);
        Await.until("it fails alone", () -> !stayed.isEmpty());
        consume(new Limits(50, 4 << 20), number -> number == 0);
        List<Integer> others = IntStream.range(1, 100).boxed().toList();
        assertEquals(others, followUps(99));
        assertEquals(others, committed.stream().sorted().toList());
    }

    @Test
    void isLimitedByOctets() throws Exception {
        put(0, 100);
        // Each message alone has more octets than that.
        consume(new Limits(50, 1), number -> number % 10 == 5 && stayed.size() < 3);
        assertEquals(all(100), followUps(100));
        assertEquals(0, rolledBack.get() - stayed.size());
    }

    @Test
    void sendsWhatAStepSendsWithTheCommit() throws Exception {
        put(0, 1);
        AtomicInteger tries = new AtomicInteger();
        MessageBatch batch =
                new MessageBatch(connections, QUEUE, new Limits(10, 1 << 20), shutdown, new MessageBatch.Handler() {
                    @Override
                    public Optional<Throwable> handle(Item item) {
                        try {
                            Message message = item.session().createMessage();
                            message.setIntProperty("number", tries.get());
                            assertTrue(item.collect(new Collected(
                                    new ActiveMQQueue(FOLLOW_UPS), message, DeliveryMode.PERSISTENT, 4, 0)));
                        } catch (JMSException e) {
                            return Optional.of(e);
                        }
                        return tries.getAndIncrement() == 0
                                ? Optional.of(new IllegalStateException("first"))
                                : Optional.empty();
                    }

                    @Override
                    public void stays(Throwable failure) {
                        stayed.add(failure);
                    }
                });
        running.add(batch);
        Thread thread = new Thread(batch, "batch");
        threads.add(thread);
        thread.start();
        assertEquals(List.of(1), followUps(1));
    }
}
