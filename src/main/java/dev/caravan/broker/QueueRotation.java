package dev.caravan.broker;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.UnsupportedItemException;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Passes through a whole queue of any broker and may change it: consumes each message from the head, and either gives it
 * to a handler or sends an exact copy to the tail, in transactions of up to 400. A pass ends before the first message that
 * it has put back itself, or that was queued after it began. So every message that was there is seen once and memory is
 * bounded. A pass that has ended has kept the order; one that is left before has moved what it put back behind the rest.
 * Messages that are being delivered are not seen. After a crash all messages are in their queue.
 */
public final class QueueRotation {
    private static final int BATCH = 400;
    /** A batch ends with the message that passes this: each message of it is in memory twice. */
    private static final long BATCH_OCTETS = 8L << 20;

    private static final long RECEIVE_MILLIS = 1000;
    /**
     * After so many receives without a message, although the broker shows messages that the pass has not seen, the pass
     * ends: other consumers have them. A busy broker may be silent too.
     */
    private static final int MOST_SILENCES = 3;

    private final BrokerConnections connections;
    private final Clock clock;

    public QueueRotation(BrokerConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** Handles the messages that a command selects. */
    public interface Handler {
        /**
         * Handles a message if it is selected. What is sent with the session belongs to the transaction.
         *
         * @return true if the handler has sent the message to another queue, or it is to be deleted; false to put it back.
         *     A handler never sends to the queue of the pass, which would see the copy again.
         * @throws UnsupportedItemException to have the message put back, since only a newer server may handle it; nothing
         *     was sent.
         */
        boolean take(Session session, ProducerCache producers, Message message)
                throws JMSException, UnsupportedItemException;

        /** Called after the commit of all messages handled since the last call. */
        default void committed() {}

        /** Called after a rollback: the messages handled since the last commit are in their queue, and are handled again. */
        default void rolledBack() {}
    }

    /**
     * Names a pass, which may be made in parts.
     *
     * @param id unique.
     * @param begun when the pass began; later messages are not part of it.
     */
    public record PassId(String id, Instant begun) {
        private static final SecureRandom RANDOM = new SecureRandom();

        /** A new pass over the messages that were queued until now. */
        public static PassId begin(Instant now) {
            // Times in queues are whole milliseconds.
            return new PassId(random(), now.truncatedTo(ChronoUnit.MILLIS));
        }

        /** A new pass over all messages, also those that are queued while it runs. */
        public static PassId ofAll() {
            return new PassId(random(), Instant.MAX);
        }

        /** 16 lower-case hexadecimal digits. */
        private static String random() {
            return String.format(Locale.ROOT, "%016x", RANDOM.nextLong());
        }

        private boolean isOn(Message message) {
            return ItemProperties.text(message, ItemProperties.PASSED_BY)
                    .filter(id::equals)
                    .isPresent();
        }

        /**
         * Whether the pass ends before this message. A message with a time in the future was queued before the clock was
         * set back, and is part of the pass.
         */
        public boolean isBefore(Message message, Instant now) {
            Instant queued = DueTime.queuedAt(message);
            return isOn(message) || (queued.isAfter(begun) && !queued.isAfter(now.plus(ClockWatch.TOLERANCE)));
        }
    }

    /**
     * Where to stop.
     *
     * @param most the number of messages that the handler takes; greater than zero.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     */
    public record Bounds(long most, long untilNanos) {}

    /**
     * The result of a call.
     *
     * @param taken the number of messages that the handler took.
     * @param unsupported the number of items of newer servers that may be selected, and were put back.
     * @param putBack the number of all messages that were put back.
     * @param ended whether the pass is complete; if not, the next call continues it.
     */
    public record Part(int taken, int unsupported, int putBack, boolean ended) {}

    /**
     * Makes a pass, or a part of it.
     *
     * @throws JMSException if the broker refuses; messages of an uncommitted transaction are in their queue.
     */
    public Part run(String queue, PassId pass, Handler handler, Bounds bounds) throws JMSException {
        // The broker dispatches on a thread of its own, as in DueMessageConsumer.
        ActiveMQQueue source = new ActiveMQQueue(queue + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + BATCH);
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(source)) {
            Run run = new Run(session, new ProducerCache(session), queue, pass, handler);
            Session looking = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
            while (!run.ended
                    && run.taken < bounds.most()
                    && (run.silences > 0 || System.nanoTime() - bounds.untilNanos() < 0)) {
                run.batch(consumer, bounds.most());
                if (run.silent) {
                    run.silent = false;
                    run.silences++;
                    run.ended = run.silences >= MOST_SILENCES || !holdsMore(looking, queue, pass);
                }
            }
            return new Part(run.taken, run.unsupported, run.putBack, run.ended);
        }
    }

    /** Whether a browser, which the broker always serves, shows a message at the head that the pass has not seen. */
    private boolean holdsMore(Session looking, String queue, PassId pass) throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(looking, queue)) {
            return browsed.hasNext() && !pass.isBefore(browsed.next(), clock.instant());
        }
    }

    private final class Run {
        private final Session session;
        private final ProducerCache producers;
        private final String queue;
        private final PassId pass;
        private final Handler handler;
        private int taken;
        private int unsupported;
        private int putBack;
        private boolean ended;
        private boolean silent;
        private int silences;

        Run(Session session, ProducerCache producers, String queue, PassId pass, Handler handler) {
            this.session = session;
            this.producers = producers;
            this.queue = queue;
            this.pass = pass;
            this.handler = handler;
        }

        private boolean isTaken(Message message) throws JMSException {
            try {
                return handler.take(session, producers, message);
            } catch (UnsupportedItemException e) {
                unsupported++;
                return false;
            }
        }

        /** A transaction. */
        void batch(MessageConsumer consumer, long most) throws JMSException {
            int takenBefore = taken;
            int unsupportedBefore = unsupported;
            int putBackBefore = putBack;
            int handled = handle(consumer, BATCH, most);
            if (ended) {
                // The consumer has a message that stays at the head. It is given back with the others, which are
                // handled
                // again; the client library delivers them in the same order.
                session.rollback();
                handler.rolledBack();
                taken = takenBefore;
                unsupported = unsupportedBefore;
                putBack = putBackBefore;
                handle(consumer, handled, most);
            }
            session.commit();
            handler.committed();
        }

        /**
         * Handles messages until the batch is full, the pass ends, or no message comes.
         *
         * @param number of messages; 0 for none.
         * @return how many were handled.
         */
        private int handle(MessageConsumer consumer, int number, long most) throws JMSException {
            long octets = 0;
            int handled = 0;
            while (handled < number && octets < BATCH_OCTETS && taken < most) {
                Message message = consumer.receive(RECEIVE_MILLIS);
                if (message == null) {
                    silent = true;
                    break;
                }
                silences = 0;
                if (pass.isBefore(message, clock.instant())) {
                    ended = true;
                    break;
                }
                octets += MessageCopy.size(message);
                handled++;
                if (isTaken(message)) {
                    taken++;
                } else {
                    producers.to(queue).send(MessageCopy.passed(message, pass.id()));
                    putBack++;
                }
            }
            return handled;
        }
    }
}
