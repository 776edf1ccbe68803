package dev.caravan.broker;

import dev.caravan.lifecycle.ReconnectingConnection;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Consumes messages from the head of a queue that is in due order, in transactions of up to 400, as long as the head is
 * due. Holds no message between two calls, so that every message can be browsed, moved and counted with any tool.
 * Several consumers may serve one queue. Not thread-safe.
 */
public final class DueMessageConsumer implements AutoCloseable {
    /** The number of messages that a browser shows with the broker's defaults. */
    private static final int BATCH = 400;
    /** A batch ends with the message that passes this: each message of it is in memory twice. */
    private static final long BATCH_OCTETS = 8L << 20;

    /** More than twice a batch, so that the browser acknowledges nothing in between. */
    private static final String LOOKING = "?consumer.prefetchSize=1000";

    private static final long RECEIVE_MILLIS = 500;

    /** Handles the messages of one transaction. */
    public interface BatchHandler {
        /** Called for each due message; messages sent with the session belong to the transaction. */
        void handle(Session session, ProducerCache producers, Message message) throws JMSException;

        /** Called after the commit of all messages handled since the last call. */
        default void committed() {}

        /** Called after a rollback: the messages handled since the last commit are back in their queue. */
        default void rolledBack() {}
    }

    private final ReconnectingConnection<Connection, JMSException> connection;

    public DueMessageConsumer(BrokerConnections connections) {
        this.connection = new ReconnectingConnection<>(connections::open);
    }

    /**
     * Consumes all due messages, until one is not due or the time is used up.
     *
     * @param queue a queue in due order.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     * @return the number of messages consumed.
     * @throws JMSException if the broker refuses; what was not committed stays in the queue.
     */
    public int consumeDue(String queue, Predicate<Message> isDue, BatchHandler handler, long untilNanos)
            throws JMSException {
        return consumeDue(queue, isDue, handler, new Bounds(Integer.MAX_VALUE, untilNanos));
    }

    /**
     * Where to stop.
     *
     * @param most the number of messages; greater than zero.
     * @param untilNanos by {@link System#nanoTime()}: no new transaction begins later.
     */
    public record Bounds(int most, long untilNanos) {}

    /** As the first method, within two bounds. */
    public int consumeDue(String queue, Predicate<Message> isDue, BatchHandler handler, Bounds bounds)
            throws JMSException {
        return consumeDue(queue, () -> isDue, handler, bounds);
    }

    /**
     * As the first method, with a decision that depends on the messages before.
     *
     * @param pass makes a predicate that is asked about the messages of one batch, one after the other from the head of
     *     the queue. There are two passes over each batch, which must answer the same, or the second one less often false.
     */
    public int consumeDue(String queue, Supplier<Predicate<Message>> pass, BatchHandler handler, Bounds bounds)
            throws JMSException {
        // A browser of a transacted session commits when it is closed, and one that acknowledges makes the broker look
        // for more messages each time.
        try (Session looking = connection.get().createSession(false, Session.CLIENT_ACKNOWLEDGE);
                Session session = connection.get().createSession(true, Session.SESSION_TRANSACTED)) {
            ProducerCache producers = new ProducerCache(session);
            int taken = 0;
            int due = countDue(looking, queue, pass.get());
            while (due > 0) {
                int size = Math.min(due, bounds.most() - taken);
                int batch = takeBatch(session, producers, new Batch(queue, size, pass.get(), handler));
                taken += batch;
                boolean isOver = batch == 0 || taken >= bounds.most() || System.nanoTime() - bounds.untilNanos() > 0;
                due = isOver ? 0 : countDue(looking, queue, pass.get());
            }
            return taken;
        } catch (JMSException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether a queue holds at least so many messages, including those delivered to a consumer and not yet acknowledged. */
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

    /**
     * When the first message of a queue that no consumer holds was sent: its JMS timestamp; empty if there is none. The
     * message is taken and put back at once, because a browser also shows messages that consumers hold.
     */
    public OptionalLong firstSentAt(String queue) throws JMSException {
        ActiveMQQueue asked = new ActiveMQQueue(queue + "?consumer.prefetchSize=0");
        try (Session session = connection.get().createSession(false, Session.CLIENT_ACKNOWLEDGE);
                MessageConsumer consumer = session.createConsumer(asked)) {
            Message first = consumer.receiveNoWait();
            return first == null ? OptionalLong.empty() : OptionalLong.of(first.getJMSTimestamp());
        } catch (JMSException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private record Batch(String queue, int size, Predicate<Message> isDue, BatchHandler handler) {}

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
        // The prefetch is exactly the batch: a further message would be held, if only for a moment. The broker
        // dispatches on a thread of its own: a thread that sends to this queue would wait for our lock while it holds
        // one that we wait for.
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
                    batch.handler.handle(session, producers, message);
                    taken++;
                }
            }
            if (!asSeen) {
                // Another consumer took part of what we browsed. All goes back; the next call browses again.
                session.rollback();
                batch.handler.rolledBack();
                return 0;
            }
            session.commit();
            batch.handler.committed();
            return taken;
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
