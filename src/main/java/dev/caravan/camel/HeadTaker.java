package dev.caravan.camel;

import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.util.Enumeration;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Takes messages off the head of a queue that is in due order, in transactions of up to some hundred, as long as the
 * head is due. Between two calls nothing is in hand, so that every message can be seen, moved and counted with any tool.
 * Several takers may serve one queue. One thread at a time.
 */
final class HeadTaker implements AutoCloseable {
    private static final int BATCH = 200;
    /** A batch ends with the message that passes this: all of it is in memory, twice. */
    private static final long BATCH_OCTETS = 8L << 20;

    private static final long RECEIVE_MILLIS = 500;

    /** What becomes of the messages of one transaction. */
    interface Taking {
        /** Called for each message that is due; what is sent with the session belongs to the transaction. */
        void take(Session session, MessageProducer producer, Message message) throws JMSException;

        /** Called after the commit of all that was taken since the last call. */
        default void committed() {}

        /** Called after a rollback: forget what was taken since the last commit. */
        default void rolledBack() {}
    }

    private final Connections connections;
    private Optional<Connection> connection = Optional.empty();

    HeadTaker(Connections connections) {
        this.connections = connections;
    }

    /**
     * Whether so many are due at once that several takers are faster than one.
     *
     * @param queue a queue in due order.
     */
    boolean areMany(String queue, Predicate<Message> isDue) throws JMSException {
        try (Session session = open().createSession(true, Session.SESSION_TRANSACTED)) {
            return countDue(session, queue, isDue) == BATCH;
        } catch (JMSException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Takes all due messages, until one is not due or the time is used up.
     *
     * @param queue a queue in due order.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     * @return how many were taken.
     */
    int takeDue(String queue, Predicate<Message> isDue, Taking taking, long untilNanos) throws JMSException {
        return takeDue(queue, isDue, taking, new Bounds(Integer.MAX_VALUE, untilNanos));
    }

    /**
     * How much may be taken.
     *
     * @param most so many messages; greater than zero.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     */
    record Bounds(int most, long untilNanos) {
        Bounds less(int taken) {
            return new Bounds(most - taken, untilNanos);
        }

        boolean areReached() {
            return most <= 0 || System.nanoTime() - untilNanos > 0;
        }
    }

    /** As the other one, within two bounds. */
    int takeDue(String queue, Predicate<Message> isDue, Taking taking, Bounds bounds) throws JMSException {
        try (Session session = open().createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(null)) {
            Work work = new Work(session, producer, isDue, taking);
            int taken = 0;
            int due = countDue(session, queue, isDue);
            while (due > 0) {
                Bounds rest = bounds.less(taken);
                int size = Math.min(due, rest.most());
                int now = work.take(source(queue, size == BATCH ? Math.min(2 * BATCH, rest.most()) : size), size, rest);
                taken += now;
                due = now == 0 || bounds.less(taken).areReached() ? 0 : countDue(session, queue, isDue);
            }
            return taken;
        } catch (JMSException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether a queue holds so many messages, those in the hand of a consumer included. */
    boolean holds(String queue, int count) throws JMSException {
        try (Session session = open().createSession(false, Session.AUTO_ACKNOWLEDGE);
                QueueBrowser browser = session.createBrowser(new ActiveMQQueue(queue))) {
            Enumeration<?> messages = browser.getEnumeration();
            int seen = 0;
            while (seen < count && messages.hasMoreElements()) {
                messages.nextElement();
                seen++;
            }
            return seen == count;
        } catch (JMSException e) {
            close();
            throw e;
        }
    }

    private static int countDue(Session session, String queue, Predicate<Message> isDue) throws JMSException {
        try (QueueBrowser browser = session.createBrowser(new ActiveMQQueue(queue))) {
            Enumeration<?> messages = browser.getEnumeration();
            int due = 0;
            long octets = 0;
            while (due < BATCH && octets < BATCH_OCTETS && messages.hasMoreElements()) {
                Message message = (Message) messages.nextElement();
                if (!isDue.test(message)) {
                    break;
                }
                due++;
                octets += octets(message);
            }
            return due;
        }
    }

    private static long octets(Message message) throws JMSException {
        return message instanceof BytesMessage bytes ? bytes.getBodyLength() : 0;
    }

    /**
     * The prefetch is just what will be taken: another message would be held, if only for a moment; when many are due,
     * twice that, so that the next ones are here when a transaction ends. The broker hands
     * over by a thread of its own: by that of whoever sends to this queue it would wait for our lock, with a lock that
     * we wait for.
     */
    private static ActiveMQQueue source(String queue, int prefetch) {
        return new ActiveMQQueue(queue + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + prefetch);
    }

    private record Work(Session session, MessageProducer producer, Predicate<Message> isDue, Taking taking) {

        /**
         * Takes some messages off the head; as long as all that come are due and many, more of them. That holds some
         * that are not due at the very end, until the consumer is closed.
         */
        int take(ActiveMQQueue source, int due, Bounds bounds) throws JMSException {
            try (MessageConsumer consumer = session.createConsumer(source)) {
                int taken = 0;
                int batch = takeBatch(consumer, due);
                while (batch > 0) {
                    taken += batch;
                    boolean goOn =
                            batch == BATCH && !bounds.less(taken + BATCH - 1).areReached();
                    batch = goOn ? takeBatch(consumer, BATCH) : 0;
                }
                return taken;
            }
        }

        /** Takes them in one transaction, or none. */
        private int takeBatch(MessageConsumer consumer, int most) throws JMSException {
            int taken = 0;
            long octets = 0;
            while (taken < most && octets < BATCH_OCTETS) {
                Message message = consumer.receive(RECEIVE_MILLIS);
                if (message == null) {
                    break;
                }
                if (!isDue.test(message)) {
                    // It is the first that is not due, or someone else took what we saw. All goes back; who asks again
                    // is told how many are due.
                    session.rollback();
                    taking.rolledBack();
                    return 0;
                }
                taking.take(session, producer, message);
                taken++;
                octets += octets(message);
            }
            session.commit();
            taking.committed();
            return taken;
        }
    }

    private Connection open() throws JMSException {
        if (connection.isEmpty()) {
            connection = Optional.of(connections.open());
        }
        return connection.get();
    }

    @Override
    public void close() {
        Optional<Connection> old = connection;
        connection = Optional.empty();
        try {
            if (old.isPresent()) {
                old.get().close();
            }
        } catch (JMSException e) {
            // A connection that cannot be closed is as good as closed: the broker ends it.
            org.slf4j.LoggerFactory.getLogger(HeadTaker.class).debug("closing a broken connection", e);
        }
    }
}
