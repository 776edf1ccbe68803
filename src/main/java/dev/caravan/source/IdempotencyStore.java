package dev.caravan.source;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.QueueRotation;
import dev.caravan.broker.StoreScanner;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueNames;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import jakarta.jms.JMSException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows what was submitted recently under a name, so that a client that did not get the answer may submit again. The
 * records are in a queue, stored in the transactions of their messages; the store reads them from there at the first
 * use and after each commit in doubt.
 */
public final class IdempotencyStore implements AutoCloseable, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyStore.class);
    /**
     * The maximum number of records in memory, more than any client's retries need; beyond it the oldest are dropped.
     */
    private static final int MOST = 200_000;

    private static final Duration LONGEST_LOAD = Duration.ofMinutes(2);
    private static final Duration LONGEST_PRUNE = Duration.ofSeconds(5);

    private final BrokerConnections connections;
    private final Optional<StoreScanner> scanner;
    private final Duration keep;
    private final ClockWatch watch;
    private final DueMessageConsumer taker;
    private final Map<String, IdempotencyRecord> records = new LinkedHashMap<>();
    private final Set<String> inProgress = new HashSet<>();
    private boolean loaded;

    /**
     * @param scanner of the embedded broker; empty for a remote one.
     * @param keep how long a name stays known.
     */
    public IdempotencyStore(
            BrokerConnections connections, Optional<StoreScanner> scanner, Duration keep, ClockWatch watch) {
        this.connections = connections;
        this.scanner = scanner;
        this.keep = keep;
        this.watch = watch;
        this.taker = new DueMessageConsumer(connections);
    }

    /**
     * Locks a key for one submission; false if another one holds it. The caller follows each true with one
     * {@link #end}.
     */
    public synchronized boolean begin(String key) {
        return inProgress.add(key);
    }

    /**
     * The record of a key; empty if there is none.
     *
     * @throws StoreException if the broker cannot be read, so that it is unknown whether there is a record.
     */
    public synchronized Optional<IdempotencyRecord> find(String key) {
        if (!loaded) {
            load();
            loaded = true;
        }
        return Optional.ofNullable(records.get(key));
    }

    /** Whether a repeated submission should store its record again, so that the name stays known. */
    boolean isAging(IdempotencyRecord record) {
        return !watch.clock().instant().isBefore(record.at().plus(keep.dividedBy(4)));
    }

    /** The record and its message are stored. */
    public synchronized void stored(IdempotencyRecord record) {
        records.remove(record.key());
        records.put(record.key(), record);
        if (records.size() > MOST) {
            records.remove(records.keySet().iterator().next());
        }
    }

    /** It is unknown whether a record was stored; the next {@link #find} reads the queue again. */
    public synchronized void doubt() {
        loaded = false;
    }

    public synchronized void end(String key) {
        inProgress.remove(key);
    }

    /** Reads all records or fails: without one of them, its message could be submitted twice. */
    private void load() {
        try {
            if (scanner.isPresent()) {
                loadFromStore(scanner.get());
            } else {
                loadByPasses();
            }
        } catch (Exception e) {
            StoreException failure =
                    new StoreException(Certainty.NOT_STORED, QueueNames.SUBMITTED + " cannot be read: " + e);
            failure.initCause(e);
            throw failure;
        }
    }

    private void loadFromStore(StoreScanner store) throws Exception {
        OptionalLong next = OptionalLong.of(0);
        while (next.isPresent()) {
            next = store.page(
                    QueueNames.SUBMITTED, next.getAsLong(), (message, place) -> stored(IdempotencyRecord.of(message)));
        }
    }

    /**
     * Reads the records of a broker in another process. A queue browser shows only the first hundreds, and the broker
     * sends a consumer that acknowledges nothing only some pages. So each pass takes every record and puts it back,
     * until a pass finds no new one: a pass misses a record that another server has taken at that moment.
     */
    private void loadByPasses() throws JMSException {
        Set<String> met = new HashSet<>();
        long until = System.nanoTime() + LONGEST_LOAD.toNanos();
        for (boolean isComplete = false; !isComplete; ) {
            int before = met.size();
            QueueRotation.PassId pass = QueueRotation.PassId.ofAll();
            QueueRotation.Part part = new QueueRotation.Part(0, 0, 0, false);
            while (!part.ended()) {
                if (System.nanoTime() - until > 0) {
                    throw new JMSException("not complete after " + LONGEST_LOAD);
                }
                part = new QueueRotation(connections, watch.clock())
                        .run(
                                QueueNames.SUBMITTED,
                                pass,
                                (session, producers, message) -> {
                                    IdempotencyRecord record = IdempotencyRecord.of(message);
                                    met.add(record.key());
                                    stored(record);
                                    return false;
                                },
                                new QueueRotation.Bounds(Long.MAX_VALUE, until));
            }
            isComplete = met.size() == before;
        }
    }

    /** Removes expired records; a timer calls this each minute. */
    public void prune() {
        // Not soon after a start: a source that was interrupted when the server stopped, perhaps days ago, must find
        // its record first. Nor soon after a clock change: the clock may be changed back.
        if (!watch.look().isLongSteady()) {
            return;
        }
        try {
            int removed = taker.consumeDue(
                    QueueNames.SUBMITTED,
                    message -> DueTime.isOlder(message, keep, watch.clock().instant()),
                    (session, producers, message) -> {},
                    System.nanoTime() + LONGEST_PRUNE.toNanos());
            if (removed > 0) {
                LOG.debug("{} expired records were removed", removed);
                forgetOld();
            }
        } catch (JMSException e) {
            LOG.warn("{} cannot be pruned now: {}", QueueNames.SUBMITTED, e.toString());
        }
    }

    private synchronized void forgetOld() {
        records.values()
                .removeIf(
                        record -> !watch.clock().instant().isBefore(record.at().plus(keep)));
    }

    @Override
    public void close() {
        taker.close();
    }
}
