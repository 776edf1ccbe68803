package dev.caravan.monitoring;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.lifecycle.ReconnectingConnection;
import dev.caravan.lifecycle.Threads;
import dev.caravan.metrics.BrokerSnapshot;
import dev.caravan.store.FreeSpaceGuard;
import jakarta.jms.JMSException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.FlushCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the broker for its state on a thread of its own. Callers wait at most five seconds for a broker that does not
 * answer. A result is used for a second, so that many callers cost no more than one. Thread-safe.
 */
public final class BrokerProbe implements AutoCloseable {
    /** A broker that takes longer is considered not to answer. */
    static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(BrokerProbe.class);

    /** Reads the state of a broker that has answered. */
    interface View {
        /** Called on the probe's thread. */
        BrokerSnapshot look(ActiveMQConnection connection) throws Exception;
    }

    private final ReconnectingConnection<ActiveMQConnection, JMSException> connection;
    private final View view;
    private final ExecutorService thread = Threads.pool("broker-watch", 1);
    private Optional<Future<?>> looking = Optional.empty();
    private volatile long begunAt;
    private volatile long seenAt;
    private volatile BrokerSnapshot seen = BrokerSnapshot.NONE;
    private boolean wasSilent;

    /**
     * A probe that has not asked yet.
     *
     * @param embedded the embedded broker; empty if the broker is a process of its own.
     * @param guard tells when a disk or the store is full.
     */
    public static BrokerProbe of(
            Optional<EmbeddedBroker> embedded, BrokerConnections connections, FreeSpaceGuard guard, Clock clock) {
        if (embedded.isEmpty()) {
            RemoteBrokerStatistics statistics = new RemoteBrokerStatistics();
            return new BrokerProbe(
                    connections,
                    connection -> new BrokerSnapshot(
                            true, guard.isFull(), OptionalInt.empty(), statistics.figures(connection)));
        }
        EmbeddedBroker broker = embedded.get();
        EmbeddedBrokerStatistics queues = new EmbeddedBrokerStatistics(broker.service(), clock);
        return new BrokerProbe(
                connections,
                connection -> new BrokerSnapshot(
                        true, guard.isFull(), OptionalInt.of(broker.storePercent()), queues.figures()));
    }

    BrokerProbe(BrokerConnections connections, View view) {
        this.connection = new ReconnectingConnection<>(() -> (ActiveMQConnection) connections.open());
        this.view = view;
        this.begunAt = System.nanoTime();
        this.seenAt = begunAt - FRESH.toNanos();
    }

    /** The state now; waits at most as long as a broker may take to answer. */
    BrokerSnapshot look() {
        Optional<Future<?>> mine = begin();
        if (mine.isPresent()) {
            long left = begunAt + LONGEST_ANSWER.toNanos() - System.nanoTime();
            try {
                mine.get().get(Math.max(0, left), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                LOG.debug("the broker does not answer: {}", e.toString());
                seen = BrokerSnapshot.NONE;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return seen;
    }

    /** The state at the last probe; begins a new one if that is older than a second, without waiting for it. */
    BrokerSnapshot last() {
        boolean isLate = begin().isPresent() && System.nanoTime() - begunAt > LONGEST_ANSWER.toNanos();
        return isLate ? BrokerSnapshot.NONE : seen;
    }

    private synchronized Optional<Future<?>> begin() {
        boolean isLooking = looking.isPresent() && !looking.get().isDone();
        if (isLooking) {
            return looking;
        }
        if (System.nanoTime() - seenAt < FRESH.toNanos()) {
            return Optional.empty();
        }
        begunAt = System.nanoTime();
        try {
            looking = Optional.of(thread.submit(this::see));
        } catch (RejectedExecutionException e) {
            seen = BrokerSnapshot.NONE;
            return Optional.empty();
        }
        return looking;
    }

    private void see() {
        BrokerSnapshot now = BrokerSnapshot.NONE;
        try {
            ActiveMQConnection open = connection.get();
            // The cheapest command that every broker answers.
            open.syncSendPacket(new FlushCommand(), (int) LONGEST_ANSWER.toMillis());
            now = view.look(open);
            wasSilent = false;
        } catch (Exception e) {
            if (!wasSilent) {
                wasSilent = true;
                LOG.warn("the broker does not answer, its metrics are left out: {}", e.toString());
            }
            connection.close();
        }
        seen = now;
        seenAt = System.nanoTime();
    }

    /** Interrupts a running probe; its connection is closed with all others. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
