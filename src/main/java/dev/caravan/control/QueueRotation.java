package dev.caravan.control;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrowsedQueue;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.UnsupportedItemException;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Clock;
import java.time.Instant;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * A walk through a queue that may change it, on any broker: takes each message off the head, and either gives it to the
 * verb or sends an exact copy to the tail, in transactions of some hundred. It ends at the first message that it has put
 * back itself, or that came after it had begun. So every mail that was there is seen once, order is kept, and memory stays
 * flat. What a delivery has in hand is not seen. A crash or a stop in the middle leaves all mail where it was.
 */
public final class QueueRotation {
    private static final int BATCH = 400;
    /** A batch ends with the message that passes this: all of it is in memory, twice. */
    private static final long BATCH_OCTETS = 8L << 20;

    private static final long RECEIVE_MILLIS = 1000;
    /**
     * So often nothing comes although the broker shows messages that the pass has not seen: then somebody else has them
     * in hand. A busy broker may be silent as well.
     */
    private static final int MOST_SILENCES = 3;

    private final BrokerConnections connections;
    private final Clock clock;

    public QueueRotation(BrokerConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** What is done with the mails that are meant. */
    public interface Verb {
        /**
         * Takes a message if it is meant. What is sent with the session belongs to the transaction.
         *
         * @return false to have it put back.
         * @throws UnsupportedItemException to have it put back, since only a newer server may do that; nothing was sent.
         */
        boolean take(Session session, ProducerCache producers, Message message)
                throws JMSException, UnsupportedItemException;

        /** Called after the commit of all that was taken since the last call. */
        default void committed() {}
    }

    /**
     * Which pass this is; it may be made in parts.
     *
     * @param id of this pass alone.
     * @param begun what was queued later is not looked at.
     */
    public record Stamp(String id, Instant begun) {
        boolean isOn(Message message) {
            return ItemProperties.text(message, ItemProperties.PASSED_BY)
                    .filter(id::equals)
                    .isPresent();
        }

        /**
         * Whether the pass ends before this message. One that seems to come from the future was queued before the clock
         * was set back.
         */
        boolean isBefore(Message message, Instant now) {
            Instant queued = DueTime.queuedAt(message);
            return isOn(message) || queued.isAfter(begun) && !queued.isAfter(now.plus(ClockWatch.TOLERANCE));
        }
    }

    /**
     * How far to go.
     *
     * @param most so many are taken by the verb; greater than zero.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     */
    public record Bounds(long most, long untilNanos) {}

    /**
     * What was done.
     *
     * @param taken by the verb.
     * @param unsupported items of newer servers that may be meant, and were put back.
     * @param ended whether the pass has come to its end; if not, it goes on at the next call.
     */
    public record Part(int taken, int unsupported, boolean ended) {}

    /**
     * Makes a pass, or a part of it.
     *
     * @throws JMSException if the broker refuses; what was not committed is where it was.
     */
    public Part run(String queue, Stamp stamp, Verb verb, Bounds bounds) throws JMSException {
        // By a thread of the broker's own, as in DueMessageConsumer.
        ActiveMQQueue source = new ActiveMQQueue(queue + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + BATCH);
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(source)) {
            Run run = new Run(session, new ProducerCache(session), queue, stamp, verb);
            Session looking = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
            while (!run.ended
                    && run.taken < bounds.most()
                    && (run.silences > 0 || System.nanoTime() - bounds.untilNanos() < 0)) {
                run.batch(consumer, bounds.most());
                session.commit();
                verb.committed();
                if (run.silent) {
                    run.silent = false;
                    run.silences++;
                    run.ended = run.silences >= MOST_SILENCES || !holdsMore(looking, queue, stamp);
                }
            }
            return new Part(run.taken, run.unsupported, run.ended);
        }
    }

    /** Whether the broker, which answers a browser in any case, shows at its head what the pass has not seen. */
    private boolean holdsMore(Session looking, String queue, Stamp stamp) throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(looking, queue)) {
            return browsed.hasNext() && !stamp.isBefore(browsed.next(), clock.instant());
        }
    }

    private final class Run {
        private final Session session;
        private final ProducerCache producers;
        private final String queue;
        private final Stamp stamp;
        private final Verb verb;
        private int taken;
        private int unsupported;
        private boolean ended;
        private boolean silent;
        private int silences;

        Run(Session session, ProducerCache producers, String queue, Stamp stamp, Verb verb) {
            this.session = session;
            this.producers = producers;
            this.queue = queue;
            this.stamp = stamp;
            this.verb = verb;
        }

        private boolean isTaken(Message message) throws JMSException {
            try {
                return verb.take(session, producers, message);
            } catch (UnsupportedItemException e) {
                unsupported++;
                return false;
            }
        }

        void batch(MessageConsumer consumer, long most) throws JMSException {
            long octets = 0;
            for (int i = 0; i < BATCH && octets < BATCH_OCTETS && taken < most && !ended; i++) {
                Message message = consumer.receive(RECEIVE_MILLIS);
                if (message == null) {
                    silent = true;
                    return;
                }
                silences = 0;
                octets += MessageCopy.size(message);
                ended = stamp.isBefore(message, clock.instant());
                if (!ended && isTaken(message)) {
                    taken++;
                } else {
                    producers.to(queue).send(MessageCopy.passed(message, stamp.id()));
                }
            }
        }
    }
}
