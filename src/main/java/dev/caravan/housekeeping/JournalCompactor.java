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
 * Stores anew what stays long: a pass takes each message off the head of a queue and sends an exact copy to its tail, in
 * the same transaction, until it meets one that it has sent itself. Afterwards no message is in an old file of the
 * broker's journal, and such files can go. Times and spool files stay. The order may change a little, and what came
 * during a pass may stand before older ones; so returned mail that is too old is removed here too, wherever it stands.
 *
 * <p>Between two passes nothing is in hand, and several nodes may do this at once. Works with any broker; one in our
 * process also says how large its store is, which spares passes that would free nothing.
 */
public final class JournalCompactor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalCompactor.class);
    /** A pass that needs longer goes on at the next call. */
    private static final Duration LONGEST_RUN = Duration.ofSeconds(20);
    /** How far clocks of several nodes may differ. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

    /**
     * The store whose growth begins a pass.
     *
     * @param rule when a pass begins.
     * @param octets how large the broker's store is; empty where that is not known.
     */
    public record Store(CompactionRule rule, Supplier<Optional<Long>> octets) {
        /** Under the rule of every server. */
        public static Store of(Optional<EmbeddedBroker> broker) {
            return new Store(CompactionRule.DEFAULT, () -> broker.map(EmbeddedBroker::storeOctets));
        }
    }

    private final Store store;
    private final BouncedPruner pruner;
    private final Clock clock;
    private final DueMessageConsumer taker;
    private Optional<Instant> begun = Optional.empty();
    private Instant ended;
    private Duration took = Duration.ZERO;
    private long smallest;

    /** @param pruner says which returned mail is too old. */
    public JournalCompactor(BrokerConnections connections, Store store, BouncedPruner pruner, Clock clock) {
        this.store = store;
        this.pruner = pruner;
        this.clock = clock;
        this.taker = new DueMessageConsumer(connections);
        this.ended = clock.instant();
    }

    /**
     * Makes a pass if it is time; a timer calls this each minute.
     *
     * @return how many messages were stored anew.
     */
    public synchronized int renewWhenDue() {
        Optional<Long> octets = store.octets.get();
        smallest = Math.min(smallest, octets.orElse(0L));
        Optional<Long> grown = octets.map(size -> size - smallest);
        Instant now = clock.instant();
        // A clock that was set back must not put the next pass off.
        ended = ended.isAfter(now) ? now : ended;
        Duration since = Duration.between(ended, now);
        return begun.isPresent() || store.rule.isDue(since, took, grown) ? renew() : 0;
    }

    /**
     * Makes a pass, or goes on with one that took too long.
     *
     * @return how many messages were stored anew, or removed because they were too old.
     */
    public synchronized int renew() {
        Instant stamp = begun.orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.MILLIS));
        long start = System.nanoTime();
        long until = start + LONGEST_RUN.toNanos();
        int taken = 0;
        boolean isOver = false;
        try {
            for (String queue : QueueNames.STAYING) {
                taken += taker.takeDue(queue, m -> isBefore(m, stamp), new Renewing(queue, stamp), until);
            }
            isOver = System.nanoTime() - until < 0;
        } catch (JMSException e) {
            LOG.warn("what stays in the queues cannot be stored anew now: {}", e.toString());
        }
        took = Duration.ofNanos(System.nanoTime() - start).plus(begun.isPresent() ? took : Duration.ZERO);
        begun = isOver ? Optional.empty() : Optional.of(stamp);
        ended = clock.instant();
        smallest = store.octets.get().orElse(0L);
        LOG.debug("{} messages that stay were stored anew in {} ms", taken, took.toMillis());
        return taken;
    }

    /** Runs a step while nothing is stored anew. */
    public synchronized <T> T whilePaused(Callable<T> step) throws Exception {
        return step.call();
    }

    /** Whether this pass has not stored a message yet; a time from the future was written before a clock was set back. */
    private boolean isBefore(Message message, Instant stamp) {
        Instant latest = clock.instant().plus(CLOCK_DIFFERENCE);
        return ItemProperties.number(message, ItemProperties.RENEWED_AT)
                .map(Instant::ofEpochMilli)
                .filter(at -> at.equals(stamp) || at.isAfter(stamp) && !at.isAfter(latest))
                .isEmpty();
    }

    private final class Renewing implements DueMessageConsumer.Taking {
        private final String queue;
        private final Instant stamp;
        private final DueMessageConsumer.Taking removal = pruner.removal();

        Renewing(String queue, Instant stamp) {
            this.queue = queue;
            this.stamp = stamp;
        }

        @Override
        public void take(Session session, ProducerCache producers, Message message) throws JMSException {
            if (queue.equals(QueueNames.BOUNCED) && pruner.isOld(message, stamp) && !pruner.isLeft(message)) {
                removal.take(session, producers, message);
            } else {
                producers.to(queue).send(MessageCopy.renewed(message, stamp));
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
        taker.close();
    }
}
