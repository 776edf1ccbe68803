package dev.caravan.source;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.StoreScanner;
import dev.caravan.control.PassCursor;
import dev.caravan.control.QueueRotation;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueNames;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows what was submitted lately under a name, so that a client that did not hear the answer may ask again. The marks
 * are in a queue, where they were stored with their mails; a start and a commit in doubt read them from there.
 */
public final class IdempotencyStore implements AutoCloseable, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyStore.class);
    /** More than anybody's retries; the oldest are forgotten. */
    private static final int MOST = 200_000;

    private static final Duration LONGEST_LOAD = Duration.ofMinutes(2);
    private static final Duration LONGEST_PRUNE = Duration.ofSeconds(5);

    private final BrokerConnections connections;
    private final Optional<StoreScanner> scanner;
    private final Duration keep;
    private final ClockWatch watch;
    private final DueMessageConsumer taker;
    private final Map<String, IdempotencyRecord> marks = new LinkedHashMap<>();
    private final Set<String> inHand = new HashSet<>();
    private boolean loaded;

    /**
     * @param scanner of the embedded broker; empty for a remote one.
     * @param keep how long a name is known.
     */
    public IdempotencyStore(
            BrokerConnections connections, Optional<StoreScanner> scanner, Duration keep, ClockWatch watch) {
        this.connections = connections;
        this.scanner = scanner;
        this.keep = keep;
        this.watch = watch;
        this.taker = new DueMessageConsumer(connections);
    }

    /** Takes a name in hand; false if somebody else has it now. Each true is followed by one {@link #end}. */
    public synchronized boolean begin(String key) {
        return inHand.add(key);
    }

    /**
     * The mark of that name, if there is one.
     *
     * @throws JMSException if the broker cannot be asked, and so nobody can know.
     */
    public synchronized Optional<IdempotencyRecord> find(String key) throws JMSException {
        if (!loaded) {
            load();
            loaded = true;
        }
        return Optional.ofNullable(marks.get(key));
    }

    /** Whether a name that is asked for again should be stored once more, so that it stays known. */
    boolean isAging(IdempotencyRecord mark) {
        return !watch.clock().instant().isBefore(mark.at().plus(keep.dividedBy(4)));
    }

    /** The mark's mail is stored. */
    public synchronized void stored(IdempotencyRecord mark) {
        marks.remove(mark.key());
        marks.put(mark.key(), mark);
        if (marks.size() > MOST) {
            marks.remove(marks.keySet().iterator().next());
        }
    }

    /** A mark may be stored or not: only the queue knows. */
    public synchronized void doubt() {
        loaded = false;
    }

    public synchronized void end(String key) {
        inHand.remove(key);
    }

    /** Reads every mark, or fails: one that is not known would let its mail in again. */
    private void load() throws JMSException {
        if (scanner.isPresent()) {
            loadFromStore(scanner.get());
        } else {
            loadByPasses();
        }
    }

    private void loadFromStore(StoreScanner store) throws JMSException {
        try {
            OptionalLong next = OptionalLong.of(0);
            while (next.isPresent()) {
                next = store.page(QueueNames.SUBMITTED, next.getAsLong(), (message, place) -> note(message));
            }
        } catch (Exception e) {
            JMSException failure = new JMSException(QueueNames.SUBMITTED + " cannot be read: " + e);
            failure.initCause(e);
            throw failure;
        }
    }

    private void note(Object message) {
        if (message instanceof Message mark) {
            stored(IdempotencyRecord.of(mark));
        }
    }

    /**
     * From a broker elsewhere: a browser shows the first hundreds, and a consumer that acknowledges nothing is sent no
     * more than some pages. So each mark is taken and put back, until a pass has met none that the one before had not:
     * a mark that another server has in hand for the moment is in none of its places.
     */
    private void loadByPasses() throws JMSException {
        Set<String> met = new HashSet<>();
        long until = System.nanoTime() + LONGEST_LOAD.toNanos();
        for (boolean isComplete = false; !isComplete; ) {
            int before = met.size();
            QueueRotation.PassId pass = new QueueRotation.PassId(
                    PassCursor.begin(watch.clock().instant()).pass().id(), Instant.MAX);
            QueueRotation.Part part = new QueueRotation.Part(0, 0, false);
            while (!part.ended()) {
                if (System.nanoTime() - until > 0) {
                    throw new JMSException(QueueNames.SUBMITTED + " was not read in " + LONGEST_LOAD);
                }
                part = new QueueRotation(connections, watch.clock())
                        .run(
                                QueueNames.SUBMITTED,
                                pass,
                                (session, producers, message) -> {
                                    IdempotencyRecord mark = IdempotencyRecord.of(message);
                                    met.add(mark.key());
                                    stored(mark);
                                    return false;
                                },
                                new QueueRotation.Bounds(Long.MAX_VALUE, until));
            }
            isComplete = met.size() == before;
        }
    }

    /** Removes marks that are too old, as the timer does each minute. */
    public void prune() {
        // Who was in the middle of something when we stopped, days ago perhaps, looks for its mark first; and a clock
        // that was just set may be set again.
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
                LOG.debug("{} marks were removed", removed);
                forgetOld();
            }
        } catch (JMSException e) {
            LOG.warn("{} cannot be pruned now: {}", QueueNames.SUBMITTED, e.toString());
        }
    }

    private synchronized void forgetOld() {
        marks.values()
                .removeIf(mark -> !watch.clock().instant().isBefore(mark.at().plus(keep)));
    }

    @Override
    public void close() {
        taker.close();
    }
}
