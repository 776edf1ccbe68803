package dev.caravan.housekeeping;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.queue.CompactionRule;
import dev.caravan.queue.QueueNames;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the broker delete old journal files although messages stay in its queues for days. A pass consumes each message
 * from the head of a queue and sends an exact copy to its tail in the same transaction, until it meets a copy of its own;
 * then no message is in an old journal file. The copies keep their times and spool files. Messages that came during a pass
 * may stand before older ones, so bounced messages that are too old are removed here too, wherever they stand.
 *
 * <p>Holds no message between two passes; several servers may do this on one broker at once. Works with any broker; the
 * embedded one also tells the size of its store, which saves passes that would free nothing. Thread-safe.
 */
public final class JournalCompactor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalCompactor.class);
    /** A pass that takes longer is continued by the next call. */
    private static final Duration LONGEST_RUN = Duration.ofSeconds(20);
    /** How far the clocks of several servers may differ. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

    /**
     * The broker's store.
     *
     * @param rule when a pass begins.
     * @param octets the size of the store; empty where that is not known.
     */
    public record Store(CompactionRule rule, Supplier<Optional<Long>> octets) {
        /** The store of this broker with the default rule. */
        public static Store of(Optional<EmbeddedBroker> broker) {
            return new Store(CompactionRule.DEFAULT, () -> broker.map(EmbeddedBroker::storeOctets));
        }
    }

    private final Store store;
    private final BouncedPruner pruner;
    private final Clock clock;
    private final DueMessageConsumer consumer;
    private Optional<Instant> begun = Optional.empty();
    private Instant ended;
    private Duration took = Duration.ZERO;
    private long smallest;

    /** @param pruner decides which bounced messages are too old. */
    public JournalCompactor(BrokerConnections connections, Store store, BouncedPruner pruner, Clock clock) {
        this.store = store;
        this.pruner = pruner;
        this.clock = clock;
        this.consumer = new DueMessageConsumer(connections);
        this.ended = clock.instant();
    }

    /**
     * Makes a pass if one is due; a timer calls this each minute.
     *
     * @return the number of messages copied or removed.
     */
    public synchronized int renewWhenDue() {
        Optional<Long> octets = store.octets.get();
        smallest = Math.min(smallest, octets.orElse(0L));
        Optional<Long> grown = octets.map(size -> size - smallest);
        Instant now = clock.instant();
        // A clock that was set back must not delay the next pass.
        ended = ended.isAfter(now) ? now : ended;
        Duration since = Duration.between(ended, now);
        return begun.isPresent() || store.rule.isDue(since, took, grown) ? compact() : 0;
    }

    /**
     * Makes a pass, or continues one that took too long.
     *
     * @return the number of messages copied, or removed because they were too old.
     */
    public synchronized int compact() {
        Instant stamp = begun.orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.MILLIS));
        long start = System.nanoTime();
        long until = start + LONGEST_RUN.toNanos();
        int taken = 0;
        boolean isOver = false;
        try {
            for (String queue : QueueNames.STAYING) {
                taken += consumer.consumeDue(queue, m -> isBefore(m, stamp), new Copying(queue, stamp), until);
            }
            isOver = System.nanoTime() - until < 0;
        } catch (JMSException e) {
            LOG.warn("cannot copy messages out of old journal files now: {}", e.toString());
        }
        took = Duration.ofNanos(System.nanoTime() - start).plus(begun.isPresent() ? took : Duration.ZERO);
        begun = isOver ? Optional.empty() : Optional.of(stamp);
        ended = clock.instant();
        smallest = store.octets.get().orElse(0L);
        LOG.debug("copied {} messages out of old journal files in {} ms", taken, took.toMillis());
        return taken;
    }

    /** Runs a step while no message is copied. */
    public synchronized <T> T whilePaused(Callable<T> step) throws Exception {
        return step.call();
    }

    /** Whether this pass has not copied a message yet; a time in the future was written before a clock was set back. */
    private boolean isBefore(Message message, Instant stamp) {
        Instant latest = clock.instant().plus(CLOCK_DIFFERENCE);
        return ItemProperties.number(message, ItemProperties.COMPACTED_AT)
                .map(Instant::ofEpochMilli)
                .filter(at -> at.equals(stamp) || (at.isAfter(stamp) && !at.isAfter(latest)))
                .isEmpty();
    }

    private final class Copying implements DueMessageConsumer.BatchHandler {
        private final String queue;
        private final Instant stamp;
        private final DueMessageConsumer.BatchHandler removal = pruner.removal();

        Copying(String queue, Instant stamp) {
            this.queue = queue;
            this.stamp = stamp;
        }

        @Override
        public void handle(Session session, ProducerCache producers, Message message) throws JMSException {
            if (queue.equals(QueueNames.BOUNCED) && pruner.isOld(message, stamp) && !pruner.isLeft(message)) {
                removal.handle(session, producers, message);
            } else {
                producers.to(queue).send(MessageCopy.compacted(message, stamp));
            }
        }

        @Override
        public void committed() {
            removal.committed();
        }

        @Override
        public void rolledBack() {
            removal.rolledBack();
        }
    }

    @Override
    public synchronized void close() {
        consumer.close();
    }
}
