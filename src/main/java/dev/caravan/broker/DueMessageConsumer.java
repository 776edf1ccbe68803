package dev.caravan.broker;

import dev.caravan.lifecycle.ReconnectingConnection;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.function.Predicate;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Takes messages off the head of a queue that is in due order, in transactions of up to some hundred, as long as the
 * head is due. Between two calls nothing is in hand, so that every message can be seen, moved and counted with any tool.
 * Several takers may serve one queue. One thread at a time.
 */
public final class DueMessageConsumer implements AutoCloseable {
    /** As many as a browse shows, where the broker was not told otherwise. */
    private static final int BATCH = 400;
    /** A batch ends with the message that passes this: all of it is in memory, twice. */
    private static final long BATCH_OCTETS = 8L << 20;

    /** More than twice a batch: then nothing is acknowledged in between. */
    private static final String LOOKING = "?consumer.prefetchSize=1000";

    private static final long RECEIVE_MILLIS = 500;

    /** What becomes of the messages of one transaction. */
    public interface Taking {
        /** Called for each message that is due; what is sent with the session belongs to the transaction. */
        void take(Session session, ProducerCache producers, Message message) throws JMSException;

        /** Called after the commit of all that was taken since the last call. */
        default void committed() {}

        /** Called after a rollback: forget what was taken since the last commit. */
        default void rolledBack() {}
    }

    private final ReconnectingConnection<Connection, JMSException> connection;

    public DueMessageConsumer(BrokerConnections connections) {
        this.connection = new ReconnectingConnection<>(connections::open);
    }

    /**
     * Takes all due messages, until one is not due or the time is used up.
     *
     * @param queue a queue in due order.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     * @return how many were taken.
     */
    public int takeDue(String queue, Predicate<Message> isDue, Taking taking, long untilNanos) throws JMSException {
        return takeDue(queue, isDue, taking, new Bounds(Integer.MAX_VALUE, untilNanos));
    }

    /**
     * How much may be taken.
     *
     * @param most so many messages; greater than zero.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     */
    public record Bounds(int most, long untilNanos) {}

    /** As the other one, within two bounds. */
    public int takeDue(String queue, Predicate<Message> isDue, Taking taking, Bounds bounds) throws JMSException {
        // A browser that belongs to a transacted session commits when it is closed, and one that acknowledges has
        // the broker look for more each time.
        try (Session looking = connection.get().createSession(false, Session.CLIENT_ACKNOWLEDGE);
                Session session = connection.get().createSession(true, Session.SESSION_TRANSACTED)) {
            ProducerCache producers = new ProducerCache(session);
            int taken = 0;
            int due = countDue(looking, queue, isDue);
            while (due > 0) {
                int size = Math.min(due, bounds.most() - taken);
                int batch = takeBatch(session, producers, new Batch(queue, size, isDue, taking));
                taken += batch;
                boolean isOver = batch == 0 || taken >= bounds.most() || System.nanoTime() - bounds.untilNanos() > 0;
                due = isOver ? 0 : countDue(looking, queue, isDue);
            }
            return taken;
        } catch (JMSException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether a queue holds so many messages, those in the hand of a consumer included. */
    public boolean holds(String queue, int count) throws JMSException {
        try (Session session = connection.get().createSession(false, Session.CLIENT_ACKNOWLEDGE);
                BrowsedQueue browsed = new BrowsedQueue(session, queue)) {
            int seen = 0;
            while (seen < count && browsed.hasNext()) {
                browsed.next();
                seen++;
            }
            return seen == count;
        } catch (JMSException e) {
            close();
            throw e;
        }
    }

    private record Batch(String queue, int size, Predicate<Message> isDue, Taking taking) {}

    private static int countDue(Session session, String queue, Predicate<Message> isDue) throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(session, queue + LOOKING)) {
            int due = 0;
            long octets = 0;
            while (due < BATCH && octets < BATCH_OCTETS && browsed.hasNext()) {
                Message message = browsed.next();
                if (!isDue.test(message)) {
                    break;
                }
                due++;
                octets += MessageCopy.size(message);
            }
            return due;
        }
    }

    private static int takeBatch(Session session, ProducerCache producers, Batch batch) throws JMSException {
        // The prefetch is just what will be taken: another message would be held, if only for a moment. The broker
        // hands over by a thread of its own: that of whoever sends to this queue would wait for our lock, with one that
        // we wait for.
        ActiveMQQueue source =
                new ActiveMQQueue(batch.queue + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + batch.size);
        try (MessageConsumer consumer = session.createConsumer(source)) {
            int taken = 0;
            boolean asSeen = true;
            while (taken < batch.size && asSeen) {
                Message message = consumer.receive(RECEIVE_MILLIS);
                if (message == null) {
                    break;
                }
                asSeen = batch.isDue.test(message);
                if (asSeen) {
                    batch.taking.take(session, producers, message);
                    taken++;
                }
            }
            if (!asSeen) {
                // Someone else took part of what we saw. All goes back; the next tick looks again.
                session.rollback();
                batch.taking.rolledBack();
                return 0;
            }
            session.commit();
            batch.taking.committed();
            return taken;
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
