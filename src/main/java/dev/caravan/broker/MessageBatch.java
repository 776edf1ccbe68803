package dev.caravan.broker;

import dev.caravan.lifecycle.ShutdownState;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.activemq.command.ActiveMQQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes the messages of one queue in transactions of several messages: what follows from each of them, and the
 * acknowledgement of all, is one commit. If one message fails, the transaction is rolled back, and the same messages are
 * then consumed one by one, so that each has its own result. A message that fails alone stays in the queue and is
 * consumed again after a second; meanwhile the consumer holds no message behind it, so that other consumers get those.
 *
 * <p>Runs in one thread, with a connection of its own; several consumers of one queue share the work.
 */
public final class MessageBatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(MessageBatch.class);
    /** The consumer notices within this time that it is to end. */
    private static final long RECEIVE_MILLIS = 1000;

    private final BrokerConnections connections;
    private final String queue;
    private final Limits limits;
    private final ShutdownState shutdown;
    private final Handler handler;
    private Optional<Link> link = Optional.empty();
    /** How many messages are consumed one by one; more than zero after a failure. */
    private int oneByOne;

    private boolean isReported;
    private volatile boolean ending;

    /**
     * The limits of a transaction; one message more than the octets allow is possible.
     *
     * @param messages greater than zero.
     * @param octets of the messages together, as the broker counts them.
     */
    public record Limits(int messages, long octets) {}

    /** Handles a message. */
    public interface Handler {
        /**
         * Handles a message to its end, and blocks until then. It sends by {@link TakenItem#commit} and by the
         * {@link MessageCollector}, in the transaction of the batch.
         *
         * @return the failure, for which the message must stay in its queue; empty if it may be acknowledged.
         */
        Optional<Throwable> handle(Item item);

        /** Reports the failure of a message that was alone in its transaction. */
        void stays(Throwable failure);
    }

    /** All messages of a transaction were rolled back before the commit: for certain nothing of it was stored. */
    public static final class RolledBackException extends JMSException {
        private static final long serialVersionUID = 1L;

        RolledBackException(String reason) {
            super(reason);
        }
    }

    private record Link(Connection connection, Session session, MessageConsumer consumer) {}

    /** Consumes nothing before {@link #run}. */
    public MessageBatch(
            BrokerConnections connections, String queue, Limits limits, ShutdownState shutdown, Handler handler) {
        this.connections = connections;
        this.queue = queue;
        this.limits = limits;
        this.shutdown = shutdown;
        this.handler = handler;
    }

    /** Consumes until {@link #end}; returns when the last transaction has ended. */
    @Override
    public void run() {
        while (!ending) {
            try {
                consume(open());
                if (isReported) {
                    isReported = false;
                    LOG.info("{} is served again", queue);
                }
            } catch (JMSException | RuntimeException e) {
                if (!ending && !isReported) {
                    isReported = true;
                    LOG.warn("{} cannot be served now and is tried each second: {}", queue, e.toString());
                }
                close();
                shutdown.pause();
            }
        }
        close();
    }

    /** Lets {@link #run} return within a second, or after the messages of the present transaction. */
    public void end() {
        ending = true;
    }

    /** Consumes the messages of one transaction, if there are any. */
    private void consume(Link open) throws JMSException {
        Message message = open.consumer.receive(RECEIVE_MILLIS);
        if (message == null) {
            return;
        }
        CompletableFuture<Void> committed = new CompletableFuture<>();
        boolean isAlone = oneByOne > 0;
        int count = 0;
        long octets = 0;
        Optional<Throwable> failure = Optional.empty();
        while (message != null) {
            count++;
            octets += message instanceof org.apache.activemq.command.Message sized ? sized.getSize() : 0;
            failure = handle(new Item(open.session, message, committed));
            boolean isLast =
                    isAlone || ending || failure.isPresent() || count == limits.messages() || octets >= limits.octets();
            message = isLast ? null : open.consumer.receiveNoWait();
        }
        if (failure.isEmpty()) {
            commit(open, committed, count);
        } else {
            rollBack(open, committed, failure.get(), isAlone ? 0 : count);
        }
    }

    private Optional<Throwable> handle(Item item) {
        try {
            return handler.handle(item);
        } catch (RuntimeException e) {
            return Optional.of(e);
        }
    }

    private void commit(Link open, CompletableFuture<Void> committed, int count) throws JMSException {
        try {
            open.session.commit();
        } catch (JMSException | RuntimeException e) {
            // It may have succeeded, if only its reply was lost; the connection is closed, and what the broker still
            // has comes again.
            oneByOne = count;
            committed.completeExceptionally(e);
            throw e;
        }
        committed.complete(null);
        if (oneByOne > 0 && --oneByOne == 0 && limits.messages() > 1) {
            close();
        }
    }

    /** @param together how many messages were in the transaction; 0 for one that is consumed one by one. */
    private void rollBack(Link open, CompletableFuture<Void> committed, Throwable failure, int together)
            throws JMSException {
        try {
            open.session.rollback();
        } finally {
            committed.completeExceptionally(new RolledBackException("a message of the same transaction failed"));
        }
        if (together > 1) {
            LOG.debug("{} messages of {} are consumed one by one: {}", together, queue, failure.toString());
        } else {
            handler.stays(failure);
        }
        if (together > 0) {
            // The broker takes back what was sent to this consumer; from now on it sends one message at a time.
            oneByOne = together;
            close();
        }
        if (together <= 1) {
            // The broker dispatches the message again at once: without a pause it would fail again and again.
            shutdown.pause();
        }
    }

    private Link open() throws JMSException {
        if (link.isEmpty()) {
            Connection connection = connections.openForConsumer();
            Session session = ProducerCache.session(connection);
            int prefetch = oneByOne > 0 ? 1 : limits.messages();
            // Dispatched by a thread of the broker's own: otherwise a thread that has a lock of the broker would wait
            // for one of this consumer, while this consumer, which acknowledges, has that and waits for the other.
            ActiveMQQueue from =
                    new ActiveMQQueue(queue + "?consumer.prefetchSize=" + prefetch + "&consumer.dispatchAsync=true");
            link = Optional.of(new Link(connection, session, session.createConsumer(from)));
        }
        return link.get();
    }

    private void close() {
        Optional<Link> old = link;
        link = Optional.empty();
        try {
            if (old.isPresent()) {
                old.get().connection.close();
            }
        } catch (JMSException e) {
            // A connection that cannot be closed is as good as closed: the broker ends it.
            LOG.debug("closing a connection: {}", e.toString());
        }
    }

    /** A message of the transaction. Used by one thread at a time. */
    public static final class Item implements TakenItem, MessageCollector {
        private final Session session;
        private final Message message;
        private final CompletableFuture<Void> committed;

        Item(Session session, Message message, CompletableFuture<Void> committed) {
            this.session = session;
            this.message = message;
            this.committed = committed;
        }

        @Override
        public Message message() {
            return message;
        }

        @Override
        public Session session() {
            return session;
        }

        @Override
        public Optional<Executor> workers() {
            return Optional.empty();
        }

        /**
         * Sends at once, and completes with the commit of the whole transaction, or with a {@link RolledBackException}
         * if that is rolled back before a commit.
         */
        @Override
        public CompletionStage<Void> commit(Work work) {
            try {
                work.send(session);
                return committed;
            } catch (JMSException | RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        /** Does nothing: the handler returns a failure. */
        @Override
        public void rollBack() {}

        @Override
        public boolean collect(Collected other) {
            if (committed.isDone()) {
                return false;
            }
            try {
                ProducerCache.of(session)
                        .to(other.destination())
                        .send(other.message(), other.deliveryMode(), other.priority(), other.timeToLive());
                return true;
            } catch (JMSException e) {
                throw new IllegalStateException("the broker refuses a message: " + e.getMessage(), e);
            }
        }
    }
}
