package dev.caravan.broker;

import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes the messages of one queue, up to a limit at a time, and passes each to a handler. A message may be settled
 * later and on any thread; it holds no thread while no step works on it.
 *
 * <p>Each message that is being handled has a connection and a session of its own. A connection executes one command at
 * a time, and a commit waits for the disk: on a shared connection all messages would wait for each other's commits.
 */
public final class ItemSource implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ItemSource.class);
    /** A consumer notices within this time that it is to end. */
    private static final long RECEIVE_MILLIS = 1000;
    /** How long attempts that a shutdown has cut off may take to end. */
    private static final Duration LAST_WAIT = Duration.ofSeconds(2);

    private static final long LOOK_MILLIS = 100;

    /** Handles a message. */
    public interface Handler {
        /**
         * Begins with a message. May block; must ensure that the item is committed or rolled back eventually.
         *
         * @throws RuntimeException if it could not begin; the item is then rolled back, unless it has ended.
         */
        void taken(TakenItem item);
    }

    private final BrokerConnections connections;
    private final String queue;
    private final ShutdownState shutdown;
    private final Handler handler;
    private final ExecutorService workers;
    private final CountDownLatch running;
    private final AtomicBoolean isReported = new AtomicBoolean();
    private volatile boolean ending;

    private ItemSource(
            BrokerConnections connections, String queue, int limit, ShutdownState shutdown, Handler handler) {
        this.connections = connections;
        this.queue = queue;
        this.shutdown = shutdown;
        this.handler = handler;
        this.workers = Threads.pool(queue.substring(queue.indexOf('.') + 1), limit);
        this.running = new CountDownLatch(limit);
    }

    /**
     * Begins to consume messages; returns at once, also while the broker is unavailable.
     *
     * @param queue from which messages are consumed.
     * @param limit the maximum number of messages that are handled at a time; greater than zero.
     * @param handler called by several threads at a time.
     */
    public static ItemSource open(
            BrokerConnections connections, String queue, int limit, ShutdownState shutdown, Handler handler) {
        ItemSource source = new ItemSource(connections, queue, limit, shutdown, handler);
        for (int i = 0; i < limit; i++) {
            source.workers.execute(source.new Place());
        }
        return source;
    }

    /**
     * Consumes no more messages, and waits until those being handled have ended; for two seconds only if a shutdown has
     * cut them off. The broker takes back what has not ended when the connections end.
     */
    @Override
    public void close() {
        ending = true;
        try {
            long cutOffNanos = 0;
            while (!running.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                cutOffNanos += shutdown.isAborting() ? TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS) : 0;
                if (cutOffNanos > LAST_WAIT.toNanos()) {
                    LOG.warn("{}: {} messages are in hand after the time for a stop", queue, running.getCount());
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.shutdown();
    }

    /** A slot for one message: its connection, its session, and the thread that works for it at present. */
    private final class Place implements Runnable {
        private Optional<Connection> connection = Optional.empty();
        private Optional<Session> session = Optional.empty();
        private Optional<MessageConsumer> consumer = Optional.empty();
        private volatile boolean wasRolledBack;

        /** Consumes and handles messages, until one goes on without this thread, or the source ends. */
        @Override
        public void run() {
            while (!ending) {
                Optional<Item> item = next();
                if (item.isPresent()) {
                    begin(item.get());
                    if (item.get().leave()) {
                        return;
                    }
                }
            }
            closeQuietly();
            running.countDown();
        }

        private Optional<Item> next() {
            if (wasRolledBack) {
                // Whatever the reason of a rollback was, the broker dispatches the message to the same consumer at
                // once: without a pause it would fail again and again, and fill the log.
                wasRolledBack = false;
                shutdown.pause();
            }
            try {
                Message message = open().receive(RECEIVE_MILLIS);
                if (isReported.compareAndSet(true, false)) {
                    LOG.info("{} is served again", queue);
                }
                return Optional.ofNullable(message).map(taken -> new Item(this, session.orElseThrow(), taken));
            } catch (JMSException | RuntimeException e) {
                if (!ending && isReported.compareAndSet(false, true)) {
                    LOG.warn("{} cannot be served now and is tried each second: {}", queue, e.toString());
                }
                closeQuietly();
                shutdown.pause();
                return Optional.empty();
            }
        }

        private void begin(Item item) {
            try {
                handler.taken(item);
            } catch (RuntimeException e) {
                LOG.error("a message of {} stays there: it could not be worked on", queue, e);
                if (!item.hasEnded()) {
                    item.rollBack();
                }
            }
        }

        private MessageConsumer open() throws JMSException {
            if (consumer.isEmpty()) {
                Connection own = connections.openForConsumer();
                connection = Optional.of(own);
                Session made = ProducerCache.session(own);
                session = Optional.of(made);
                consumer = Optional.of(made.createConsumer(made.createQueue(queue)));
            }
            return consumer.get();
        }

        private void closeQuietly() {
            Optional<Connection> old = connection;
            connection = Optional.empty();
            session = Optional.empty();
            consumer = Optional.empty();
            try {
                if (old.isPresent()) {
                    old.get().close();
                }
            } catch (JMSException e) {
                // A connection that cannot be closed is as good as closed: the broker ends it.
                LOG.debug("closing a broken connection: {}", e.toString());
            }
        }
    }

    /** Which thread goes on with a slot. */
    private enum Holder {
        /** The thread that consumed the message, which is still in the handler. */
        TAKER,
        /** None: the attempt goes on elsewhere. */
        NOBODY,
        /** A worker, which continues after a step that ended elsewhere. */
        WORKER,
        /** The message is committed or rolled back. */
        ENDED
    }

    private final class Item implements TakenItem, Executor {
        private final Place place;
        private final Session session;
        private final Message message;
        private final AtomicReference<Holder> holder = new AtomicReference<>(Holder.TAKER);
        private volatile @Nullable Thread worker;

        Item(Place place, Session session, Message message) {
            this.place = place;
            this.session = session;
            this.message = message;
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
            return Optional.of(this);
        }

        @Override
        public void execute(Runnable step) {
            if (Thread.currentThread() == worker) {
                step.run();
                return;
            }
            try {
                workers.execute(() -> goOn(step));
            } catch (RejectedExecutionException e) {
                LOG.warn("a message of {} was in hand for too long when the server stopped, and stays there", queue);
            }
        }

        private void goOn(Runnable step) {
            boolean isMine = holder.compareAndSet(Holder.NOBODY, Holder.WORKER);
            worker = Thread.currentThread();
            try {
                step.run();
            } catch (RuntimeException e) {
                LOG.error("a message of {} stays there: what follows from its attempt failed", queue, e);
                if (!hasEnded()) {
                    rollBack();
                }
            }
            worker = null;
            if (isMine && !holder.compareAndSet(Holder.WORKER, Holder.NOBODY)) {
                place.run();
            }
        }

        @Override
        public CompletionStage<Void> commit(Work work) {
            try {
                work.send(session);
                session.commit();
            } catch (JMSException | RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
            end();
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void rollBack() {
            if (hasEnded()) {
                return;
            }
            place.wasRolledBack = true;
            try {
                session.rollback();
            } catch (JMSException | RuntimeException e) {
                LOG.debug("a rollback failed, the connection is closed instead: {}", e.toString());
                place.closeQuietly();
            }
            end();
        }

        /** Whether the thread that consumed the message may leave it; false if the message has ended. */
        boolean leave() {
            return holder.compareAndSet(Holder.TAKER, Holder.NOBODY);
        }

        boolean hasEnded() {
            return holder.get() == Holder.ENDED;
        }

        private void end() {
            if (holder.getAndSet(Holder.ENDED) == Holder.NOBODY) {
                workers.execute(place);
            }
        }
    }
}
