package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.ItemSource.Limits;
import dev.caravan.config.ServerHome;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.activemq.broker.TransportConnection;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.broker.region.DestinationStatistics;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages in hand: how many, and that each is settled once, whatever happens to connections and transactions. */
@Tag("server")
class ItemSourceTest {
    private static final String QUEUE = "mail.deliver.test";
    private static final String OTHER = "mail.parked.test.other";
    private static final String NEXT = "mail.retry.15m";
    private static final long ROOM = 1L << 30;

    @TempDir
    Path folder;

    private final ShutdownState shutdown = new ShutdownState();
    private final List<TakenItem> taken = Collections.synchronizedList(new ArrayList<>());
    private EmbeddedBroker broker;
    private BrokerConnections connections;

    @BeforeEach
    void start() throws Exception {
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        broker = EmbeddedBroker.start(
                home, ServerSettings.load(home, Map.of(), Map.of()), "tcp://127.0.0.1:0", () -> {});
    }

    /** A source whose close does not wait for what a failed test has in hand. */
    private record Opened(ItemSource source, ShutdownState shutdown) implements AutoCloseable {
        @Override
        public void close() {
            shutdown.abort();
            source.close();
        }
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void connect(boolean isEmbedded) throws Exception {
        connections = new BrokerConnections(
                isEmbedded
                        ? BrokerConnections.embeddedUrl()
                        : broker.addresses().get(0));
    }

    private void put(String queue, int count, int octets) throws JMSException {
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            ProducerCache producers = new ProducerCache(session);
            for (int i = 0; i < count; i++) {
                BytesMessage message = session.createBytesMessage();
                message.setIntProperty("number", i);
                message.writeBytes(new byte[octets]);
                producers.to(queue).send(message);
            }
            session.commit();
        }
    }

    private Opened open(int number, long octets) {
        return new Opened(
                ItemSource.open(connections, QUEUE, new Limits(number, octets), shutdown, taken::add), shutdown);
    }

    private static int number(TakenItem item) {
        return number(item.message());
    }

    private static int number(Message message) {
        try {
            return message.getIntProperty("number");
        } catch (JMSException e) {
            throw new AssertionError(e);
        }
    }

    private DestinationStatistics statistics(String queue) {
        try {
            return broker.service().getDestination(new ActiveMQQueue(queue)).getDestinationStatistics();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private long depth(String queue) {
        return statistics(queue).getMessages().getCount();
    }

    /** Follows up with a message that has the number of the item. */
    private static CompletionStage<Void> followUp(TakenItem item) {
        return item.commit(session -> {
            Message next = session.createMessage();
            next.setIntProperty("number", number(item));
            ProducerCache.of(session).to(NEXT).send(next);
        });
    }

    private List<Integer> followedUp() throws Exception {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
                BrowsedQueue queue = new BrowsedQueue(session, NEXT)) {
            while (queue.hasNext()) {
                numbers.add(number(queue.next()));
            }
        }
        Collections.sort(numbers);
        return numbers;
    }

    private static List<Integer> all(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void hasExactlySoManyInHandAndSettlesThemInAnyOrder(boolean isEmbedded) throws Exception {
        connect(isEmbedded);
        put(QUEUE, 300, 10);
        try (Opened opened = open(100, ROOM)) {
            ItemSource source = opened.source();
            Await.until("the hand is full", () -> taken.size() == 100);
            assertEquals(100, source.inHand());
            for (int i = 0; i < 300; i++) {
                int done = i;
                Await.until("the next is taken", () -> taken.size() > done);
                // The first hundred from behind.
                followUp(taken.get(i < 100 ? 99 - i : i));
            }
            Await.until("all are settled", () -> depth(QUEUE) == 0 && source.inHand() == 0);
        }
        assertEquals(all(300), followedUp());
    }

    @Test
    void hasNoMoreOctetsInHandThanItsLimit() throws Exception {
        connect(true);
        put(QUEUE, 40, 200_000);
        try (Opened opened = open(1_000, 1_000_000)) {
            ItemSource source = opened.source();
            Await.until("the hand is full", () -> taken.size() >= 5);
            int most = 0;
            for (int i = 0; i < 40; i++) {
                int done = i;
                Await.until("the next is taken", () -> taken.size() > done);
                most = Math.max(most, source.inHand());
                followUp(taken.get(i)).toCompletableFuture().get(30, TimeUnit.SECONDS);
            }
            // Each of the four connections may have asked for some before the limit was reached.
            assertTrue(most <= 5 + 4 * 5, most + " in hand");
        }
        assertEquals(all(40), followedUp());
    }

    @Test
    void aTransactionThatFailsCostsOnlyItsOwnMessage() throws Exception {
        connect(true);
        put(QUEUE, 50, 10);
        try (Opened opened = open(50, ROOM)) {
            ItemSource source = opened.source();
            Await.until("all are in hand", () -> taken.size() == 50);
            List<CompletionStage<Void>> ends = new ArrayList<>();
            TakenItem bad = taken.get(20);
            for (TakenItem item : List.copyOf(taken)) {
                ends.add(
                        item == bad
                                ? item.commit(session -> {
                                    throw new JMSException("no");
                                })
                                : followUp(item));
            }
            CompletionException failure = assertThrows(
                    CompletionException.class,
                    () -> ends.get(20).toCompletableFuture().join());
            assertEquals("no", failure.getCause().getMessage());
            bad.rollBack();
            Await.until("the others are settled", () -> depth(QUEUE) == 1);
            Await.until("it comes again", () -> taken.size() == 51);
            assertEquals(number(bad), number(taken.get(50)));
            followUp(taken.get(50)).toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertEquals(0, source.inHand());
        }
        assertEquals(all(50), followedUp());
    }

    private void breakConnections() throws Exception {
        for (TransportConnector connector : broker.service().getTransportConnectors()) {
            for (TransportConnection connection : List.copyOf(connector.getConnections())) {
                connection.stop();
            }
        }
    }

    @Test
    void aLostConnectionEndsNoAttemptAndBeginsNone() throws Exception {
        connect(false);
        put(QUEUE, 60, 10);
        // The hand is full, so that the broker can dispatch only what is in hand already.
        try (Opened opened = open(60, ROOM)) {
            ItemSource source = opened.source();
            Await.until("all are in hand", () -> taken.size() == 60);
            breakConnections();
            // Their results wait until the broker has dispatched the messages again.
            taken.subList(0, 40).forEach(ItemSourceTest::followUp);
            Await.until("the results are kept", () -> depth(QUEUE) == 20);
            breakConnections();
            Await.until(
                    "the broker has dispatched them again",
                    () -> statistics(QUEUE).getInflight().getCount() == 20);
            taken.subList(40, 60).forEach(ItemSourceTest::followUp);
            Await.until("all are settled", () -> depth(QUEUE) == 0 && source.inHand() == 0);
            assertEquals(60, taken.size(), "each was begun once");
        }
        assertEquals(all(60), followedUp());
    }

    @Test
    void whatHasNotEndedIsBackInItsQueueAfterAClose() throws Exception {
        connect(true);
        put(QUEUE, 30, 10);
        ItemSource source = open(20, ROOM).source();
        Await.until("the hand is full", () -> taken.size() == 20);
        followUp(taken.get(0)).toCompletableFuture().get(30, TimeUnit.SECONDS);
        shutdown.begin();
        shutdown.abort();
        source.close();
        assertEquals(29, depth(QUEUE));
        taken.clear();
        try (ItemSource next =
                ItemSource.open(connections, QUEUE, new Limits(100, ROOM), new ShutdownState(), taken::add)) {
            Await.until("all come again", () -> taken.size() == 29);
            Set<Integer> numbers =
                    taken.stream().map(ItemSourceTest::number).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(29, numbers.size());
            List.copyOf(taken).forEach(ItemSourceTest::followUp);
            Await.until("all are settled", () -> next.inHand() == 0);
        }
        assertEquals(all(30), followedUp());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void takesFromAnotherQueueWhatItIsAskedFor(boolean isEmbedded) throws Exception {
        connect(isEmbedded);
        put(OTHER, 10, 10);
        try (Opened opened = open(50, ROOM)) {
            ItemSource source = opened.source();
            Await.until(
                    "it is connected",
                    () -> source.take(OTHER, 3)
                                    .exceptionally(failure -> 0)
                                    .toCompletableFuture()
                                    .join()
                            == 3);
            Await.until("three are in hand", () -> taken.size() == 3);
            List.copyOf(taken).forEach(ItemSourceTest::followUp);
            Await.until("three are settled", () -> depth(OTHER) == 7);
            assertEquals(3, taken.size(), "no more than asked for");
            assertEquals(7, source.take(OTHER, 20).toCompletableFuture().get(30, TimeUnit.SECONDS));
            Await.until("the rest is in hand", () -> taken.size() == 10);
            taken.subList(3, 10).forEach(ItemSourceTest::followUp);
            Await.until("all are settled", () -> depth(OTHER) == 0);
            assertEquals(0, source.take(OTHER, 1).toCompletableFuture().get(30, TimeUnit.SECONDS));
        }
        assertEquals(all(10), followedUp());
    }
}
