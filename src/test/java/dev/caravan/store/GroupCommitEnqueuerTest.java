package dev.caravan.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.store.StoreException.Certainty;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mail is stored, or it is not and never will be, or it is in doubt; and its client is told so. */
@Tag("server")
class GroupCommitEnqueuerTest {
    private static final String QUEUE = "mail.deliver.local";

    @TempDir
    Path folder;

    @Test
    void aMailThatWasGivenUpMayNotBeCommitted() {
        StoreRequest request = new StoreRequest(List.of(message(1)), 0);
        request.giveUp("too late");
        assertFalse(request.mayCommit());
        assertTrue(request.isGivenUp());
        assertEquals(Certainty.NOT_STORED, certainty(request.stored()));
    }

    @Test
    void aMailThatIsBeingCommittedIsInDoubtWhenItsTimeIsOver() {
        StoreRequest request = new StoreRequest(List.of(message(1)), 0);
        assertTrue(request.mayCommit());
        request.giveUp("too late");
        assertTrue(request.mayCommit());
        assertFalse(request.isGivenUp());
        assertEquals(Certainty.IN_DOUBT, certainty(request.stored()));
        request.succeed();
        assertEquals(Certainty.IN_DOUBT, certainty(request.stored()));
    }

    @Test
    void aMailThatIsStoredStaysStored() {
        StoreRequest request = new StoreRequest(List.of(message(1)), 0);
        assertTrue(request.mayCommit());
        request.succeed();
        request.giveUp("too late");
        request.fail(Certainty.NOT_STORED, "too late");
        assertTrue(request.stored().isDone() && !request.stored().isCompletedExceptionally());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm://small?create=false&async=false", "tcp"})
    void storesNothingLaterThatWasGivenUpWhileTheStoreWasFull(String url) throws Exception {
        BrokerService broker = smallBroker();
        String address =
                url.equals("tcp") ? broker.getTransportConnectors().get(0).getPublishableConnectString() : url;
        GroupCommitEnqueuer enqueuer = new GroupCommitEnqueuer(new BrokerConnections(address), Duration.ofSeconds(1));
        try {
            List<CompletionStage<Void>> all = new ArrayList<>();
            int stored = fill(enqueuer, all);
            // More than the threads have in hand: some wait for a thread, some for the broker.
            for (int i = 0; i < 300; i++) {
                all.add(enqueuer.store(List.of(message(100))));
            }
            for (CompletionStage<Void> each : all.subList(all.size() - 300, all.size())) {
                assertEquals(Certainty.NOT_STORED, certainty(each));
            }
            assertEquals(stored, depth(broker));
            broker.getSystemUsage().getStoreUsage().setLimit(1L << 30);
            enqueuer.store(List.of(message(100))).toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertEquals(stored + 1, depth(broker), "what was given up is not stored afterwards");
        } finally {
            enqueuer.close();
            broker.stop();
            broker.waitUntilStopped();
        }
        BrokerService again = smallBroker();
        assertEquals(all(again), depth(again));
        again.stop();
        again.waitUntilStopped();
    }

    private static long all(BrokerService broker) throws Exception {
        return broker.getDestination(new ActiveMQQueue(QUEUE)).getMessageStore().getMessageCount();
    }

    /** Stores until the first is given up; says how many were stored. */
    private static int fill(GroupCommitEnqueuer enqueuer, List<CompletionStage<Void>> all) throws Exception {
        for (int stored = 0; ; stored++) {
            CompletableFuture<Void> next =
                    enqueuer.store(List.of(message(200_000))).toCompletableFuture();
            all.add(next);
            try {
                next.get(60, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                assertEquals(Certainty.NOT_STORED, certainty(next));
                return stored;
            }
        }
    }

    @Test
    void givesBackEverythingWhenItClosesWithoutABroker() {
        GroupCommitEnqueuer enqueuer =
                new GroupCommitEnqueuer(new BrokerConnections("failover:(tcp://127.0.0.1:1)"), Duration.ofSeconds(2));
        List<CompletionStage<Void>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(enqueuer.store(List.of(message(10))));
        }
        enqueuer.close();
        all.add(enqueuer.store(List.of(message(10))));
        all.forEach(each -> assertEquals(Certainty.NOT_STORED, certainty(each)));
    }

    @Test
    void givesBackEverythingThatTimesOutWhileItCloses() {
        for (int round = 0; round < 20; round++) {
            GroupCommitEnqueuer enqueuer = new GroupCommitEnqueuer(
                    new BrokerConnections("failover:(tcp://127.0.0.1:1)"), Duration.ofMillis(1));
            List<CompletionStage<Void>> all = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                all.add(enqueuer.store(List.of(message(10))));
            }
            enqueuer.close();
            all.forEach(each -> assertEquals(Certainty.NOT_STORED, certainty(each)));
        }
    }

    private static Certainty certainty(CompletionStage<Void> stored) {
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> stored.toCompletableFuture().get(60, TimeUnit.SECONDS));
        return assertInstanceOf(StoreException.class, failure.getCause()).certainty();
    }

    private static EncodedItemMessage message(int octets) {
        return new EncodedItemMessage(QUEUE, new byte[octets], Map.of("itemId", "X"));
    }

    private static long depth(BrokerService broker) throws Exception {
        return broker.getDestination(new ActiveMQQueue(QUEUE))
                .getDestinationStatistics()
                .getMessages()
                .getCount();
    }

    private BrokerService smallBroker() throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("small");
        broker.setUseJmx(false);
        broker.setUseShutdownHook(false);
        broker.setDataDirectoryFile(folder.toFile());
        broker.addConnector("tcp://127.0.0.1:0");
        broker.getSystemUsage().getStoreUsage().setLimit(4 << 20);
        broker.start();
        broker.waitUntilStarted();
        return broker;
    }
}
