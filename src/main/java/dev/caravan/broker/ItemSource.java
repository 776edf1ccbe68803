package dev.caravan.broker;

import dev.caravan.lifecycle.GrowingPool;
import dev.caravan.lifecycle.ShutdownState;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.MessageId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the messages of a queue into hand, up to limits of number and octets, and passes each to a handler. A message in
 * hand holds no thread. What has ended is committed in transactions of many messages.
 *
 * <p>Messages are asked for one by one or in small batches (JMS consumers with a prefetch of 0), so that what is in hand
 * is exactly what was asked for, and each is acknowledged alone, in any order, in a transaction (ActiveMQ's individual
 * acknowledgement). If a connection breaks, the messages stay in hand; when the broker dispatches one of them to this
 * source again, it is joined to the attempt in hand, and no second attempt begins.
 */
public final class ItemSource implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ItemSource.class);
    /** How long attempts that a shutdown has cut off may take to end. */
    private static final Duration LAST_WAIT = Duration.ofSeconds(2);
    /** The same for those whose result is being committed: it would be lost, and the message sent again. */
    private static final Duration LAST_COMMIT = Duration.ofSeconds(20);

    private static final long LOOK_MILLIS = 100;
    /** How long a message waits after a rollback; otherwise it would fail again and again, and fill the log. */
    private static final long AGAIN_MILLIS = 1000;
    /** How long a result waits for its message while the broker is unavailable. */
    private static final Duration LONGEST_DETACHED = Duration.ofMinutes(1);
    /** The same once the broker is available: it may have committed, and not have said so. */
    private static final Duration LONGEST_SINCE_AVAILABLE = Duration.ofSeconds(5);

    private static final int MOST_THREADS = 256;
    /** A connection executes one command at a time, and a commit waits for the disk. */
    private static final int MOST_LINKS = 4;

    private static final int PLACES_FOR_A_LINK = 16;
    /** While there are other queues than the main one, this part of the places is theirs. */
    private static final int PART_OF_OTHERS = 32;
    /** A message with its content is smaller. */
    private static final long LARGEST = 256 << 10;

    /**
     * What may be in hand at a time.
     *
     * @param number of messages; greater than zero.
     * @param octets of the messages in memory, of which the last message may exceed a part; greater than zero.
     */
    public record Limits(int number, long octets) {}

    /** Handles a message. */
    public interface Handler {
        /**
         * Begins with a message. May block; must ensure that the item is committed or rolled back eventually.
         *
         * @throws RuntimeException if it could not begin; the item is then rolled back, unless it has ended.
         */
        void taken(TakenItem item);
    }

    private final String queue;
    private final Limits limits;
    private final ShutdownState shutdown;
    private final Handler handler;
    private final GrowingPool begins;
    private final GrowingPool ends;
    private final List<ItemLink> links = new ArrayList<>();
    private final CountDownLatch running;
    private final AtomicBoolean isReported = new AtomicBoolean();

    /** Guards what follows, and the state of each {@link Held}. Never held while the broker is called. */
    private final Object lock = new Object();

    private final Map<MessageId, Held> held = new HashMap<>();
    /** Places of messages that are asked for, or that a consumer has: not of those whose connection has ended. */
    private int places;
    /** Of the messages that a consumer has. */
    private long octets;

    private long availableNanos = System.nanoTime();
    private boolean isAvailable;

    private volatile boolean ending;
    private volatile boolean closed;
    private volatile boolean hasOthers;

    private ItemSource(
            BrokerConnections connections, String queue, Limits limits, ShutdownState shutdown, Handler handler) {
        this.queue = queue;
        this.limits = limits;
        this.shutdown = shutdown;
        this.handler = handler;
        String name = queue.substring(queue.lastIndexOf('.') + 1);
        int threads = Math.min(limits.number(), MOST_THREADS);
        this.begins = new GrowingPool(name, threads);
        this.ends = new GrowingPool(name + "-end", threads);
        int number = Math.max(1, Math.min(MOST_LINKS, limits.number() / PLACES_FOR_A_LINK));
        this.running = new CountDownLatch(number);
        for (int i = 1; i <= number; i++) {
            links.add(new ItemLink(this, connections, name + "-settle-" + i));
        }
    }

    /**
     * Begins to take messages; returns at once, also while the broker is unavailable.
     *
     * @param queue from which messages are taken.
     * @param handler called by several threads at a time.
     */
    public static ItemSource open(
            BrokerConnections connections, String queue, Limits limits, ShutdownState shutdown, Handler handler) {
        ItemSource source = new ItemSource(connections, queue, limits, shutdown, handler);
        source.links.forEach(ItemLink::start);
        return source;
    }

    /**
     * Takes messages of another queue into hand, by the same handler and within the same limits. One call for a queue at
     * a time.
     *
     * @param other whose messages at the head are taken.
     * @param most the number of messages; greater than zero.
     * @return completes with the number that was taken: less than {@code most} if the queue has no more at present, or not
     *     so many places are free; exceptionally if none could be asked for, since no place is free or the broker is
     *     unavailable.
     */
    public CompletionStage<Integer> take(String other, int most) {
        hasOthers = true;
        return links.get(Math.floorMod(other.hashCode(), links.size())).take(other, most);
    }

    /** The number of messages in hand. */
    public int inHand() {
        synchronized (lock) {
            return held.size();
        }
    }

    /**
     * Takes no more messages, and waits until those in hand have ended; for two seconds only if a shutdown has cut them
     * off. The broker takes back what has not ended when the connections end.
     */
    @Override
    public void close() {
        ending = true;
        links.forEach(ItemLink::askForNoMore);
        try {
            long cutOffNanos = 0;
            while (!closesIfIdle()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                cutOffNanos += shutdown.isAborting() ? TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS) : 0;
                if (cutOffNanos > (isCommitting() ? LAST_COMMIT : LAST_WAIT).toNanos()) {
                    LOG.warn("{}: {} messages are in hand after the time for a stop", queue, inHand());
                    break;
                }
            }
            closed = true;
            ends.close();
            if (!ends.hasEndedWithin(LAST_WAIT)) {
                LOG.warn("{}: what follows from the last commits has not ended", queue);
            }
            links.forEach(ItemLink::wake);
            if (!running.await(LAST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("{}: the broker does not answer while its connections end", queue);
            }
        } catch (InterruptedException e) {
            closed = true;
            Thread.currentThread().interrupt();
        }
        begins.close();
        ends.close();
    }

    /** From then on a message that arrives is not begun: its result could not be committed any more. */
    private boolean closesIfIdle() {
        synchronized (lock) {
            closed = held.isEmpty();
            return closed;
        }
    }

    private boolean isCommitting() {
        synchronized (lock) {
            return held.values().stream().anyMatch(one -> one.pending != null && one.from != null);
        }
    }

    String queue() {
        return queue;
    }

    boolean isClosed() {
        return closed;
    }

    void linkEnded() {
        running.countDown();
    }

    void pause() {
        shutdown.pause();
    }

    void unavailable(Throwable why) {
        synchronized (lock) {
            isAvailable = false;
        }
        if (!ending && isReported.compareAndSet(false, true)) {
            LOG.warn("{} cannot be served now and is tried each second: {}", queue, why.toString());
        }
    }

    void available() {
        synchronized (lock) {
            availableNanos = isAvailable ? availableNanos : System.nanoTime();
            isAvailable = true;
        }
        if (isReported.compareAndSet(true, false)) {
            LOG.info("{} is served again", queue);
        }
    }

    /** Runs something on a thread that may block; dropped if the source is closed. */
    void onThread(Runnable step) {
        try {
            begins.execute(step);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is closed", queue);
        }
    }

    /** Runs something on a thread that may block, or on this one if the source is closed. */
    void onThreadOrHere(Runnable step) {
        try {
            begins.execute(step);
        } catch (RejectedExecutionException e) {
            step.run();
        }
    }

    /**
     * Reserves places for messages that a link asks for.
     *
     * @param most places.
     * @param ofOther whether they are for another queue than the main one.
     * @return the number of places; each is filled by {@link #arrived} or given back by {@link #giveBack}.
     */
    int reserve(int most, boolean ofOther) {
        if (ending) {
            return 0;
        }
        synchronized (lock) {
            int all = limits.number();
            if (hasOthers && !ofOther && all >= PART_OF_OTHERS) {
                all -= all / PART_OF_OTHERS;
            }
            long room = limits.octets() - octets;
            if (room <= 0) {
                return 0;
            }
            // What the main queue was asked for and does not have must not keep others out.
            int free = all - (ofOther ? held.size() : places);
            int number = (int) Math.min(Math.min(most, free), 1 + room / LARGEST);
            if (number <= 0) {
                return 0;
            }
            places += number;
            return number;
        }
    }

    void giveBack(int number) {
        synchronized (lock) {
            places -= number;
        }
    }

    /** A message has arrived that was not asked for; it is taken all the same. */
    void takePlace() {
        synchronized (lock) {
            places++;
        }
    }

    /** A message has arrived for which a place was reserved. Never blocks: the broker may call it. */
    void arrived(PullConsumer from, ActiveMQMessage message) {
        Held fresh;
        synchronized (lock) {
            if (closed || from.isGone()) {
                // The broker takes it back when the connection ends.
                places--;
                return;
            }
            Held known = held.get(message.getMessageId());
            if (known != null) {
                if (known.from == null) {
                    octets += known.size;
                } else {
                    places--;
                }
                known.join(from);
                return;
            }
            fresh = new Held(message, from, message.getSize());
            held.put(message.getMessageId(), fresh);
            octets += fresh.size;
        }
        onThread(() -> {
            begin(fresh);
            from.link().ask();
        });
    }

    /** The connection of a link has ended: its messages stay in hand and wait until they are dispatched again. */
    void detach(ItemLink link) {
        synchronized (lock) {
            for (Held one : held.values()) {
                if (one.from != null && one.from.link() == link) {
                    places--;
                    octets -= one.size;
                    one.from = null;
                    one.detachedNanos = System.nanoTime();
                }
            }
        }
    }

    /** Adds the consumers whose messages are in hand. */
    void addConsumersInUse(Set<PullConsumer> used) {
        synchronized (lock) {
            held.values().forEach(one -> Optional.ofNullable(one.from).ifPresent(used::add));
        }
    }

    /** Results that have waited for too long fail; called each second. */
    void expire() {
        List<Held> late = new ArrayList<>();
        long now = System.nanoTime();
        synchronized (lock) {
            for (Held one : held.values()) {
                if (one.from == null && one.pending != null && isLate(one, now)) {
                    late.add(one);
                }
            }
        }
        late.forEach(one -> one.fail(new JMSException("the broker is unavailable")));
    }

    private boolean isLate(Held one, long now) {
        long since = now - one.detachedNanos;
        return since > LONGEST_DETACHED.toNanos()
                || (isAvailable && Math.min(since, now - availableNanos) > LONGEST_SINCE_AVAILABLE.toNanos());
    }

    private void begin(Held item) {
        try {
            handler.taken(item);
        } catch (RuntimeException e) {
            LOG.error("a message of {} stays there: it could not be worked on", queue, e);
            item.rollBack();
        }
    }

    private void forget(Held item) {
        synchronized (lock) {
            if (held.remove(item.message.getMessageId(), item) && item.from != null) {
                places--;
                octets -= item.size;
            }
        }
    }

    /** Items were committed: their places are free, and what follows from them goes on. */
    void committed(List<Held> items) {
        items.forEach(this::forget);
        try {
            ends.execute(() -> items.forEach(Held::succeed));
        } catch (RejectedExecutionException e) {
            items.forEach(Held::succeed);
        }
        links.forEach(ItemLink::ask);
    }

    /** A message in hand. Its mutable fields are guarded by the lock of the source. */
    final class Held implements TakenItem, Executor {
        private final ActiveMQMessage message;
        private final long size;
        private @Nullable PullConsumer from;
        private long detachedNanos;
        private @Nullable Work pending;
        private @Nullable CompletableFuture<Void> result;
        private boolean isSettling;
        private boolean hasEnded;

        private Held(ActiveMQMessage message, @Nullable PullConsumer from, long size) {
            this.message = message;
            this.from = from;
            this.size = size;
        }

        private void join(PullConsumer now) {
            from = now;
            if (pending != null) {
                now.link().settle(this);
            }
        }

        /**
         * Begins to commit over a connection of this link.
         *
         * @return what to commit; empty if another link has the message, or it has ended.
         */
        Optional<Work> beginSettling(ItemLink link) {
            synchronized (lock) {
                if (isSettling || pending == null || from == null || from.link() != link) {
                    return Optional.empty();
                }
                isSettling = true;
                return Optional.of(pending);
            }
        }

        /** The transaction has failed; if another consumer has got the message meanwhile, its link commits. */
        void stopSettling(ItemLink link) {
            synchronized (lock) {
                isSettling = false;
                if (pending != null && from != null && from.link() != link) {
                    from.link().settle(this);
                }
            }
        }

        /** In octets. */
        long size() {
            return size;
        }

        /** The consumer to which the broker has dispatched the message; empty while no connection has it. */
        Optional<PullConsumer> from() {
            synchronized (lock) {
                return Optional.ofNullable(from);
            }
        }

        @Override
        public Message message() {
            return message;
        }

        @Override
        public Session session() {
            return MessageFactory.SESSION;
        }

        @Override
        public Optional<Executor> workers() {
            return Optional.of(this);
        }

        @Override
        public void execute(Runnable step) {
            try {
                ends.execute(() -> goOn(step));
            } catch (RejectedExecutionException e) {
                LOG.warn("a message of {} was in hand for too long when the server stopped, and stays there", queue);
            }
        }

        private void goOn(Runnable step) {
            try {
                step.run();
            } catch (RuntimeException e) {
                LOG.error("a message of {} stays there: what follows from its attempt failed", queue, e);
                rollBack();
            }
        }

        @Override
        public CompletionStage<Void> commit(Work work) {
            CompletableFuture<Void> later = new CompletableFuture<>();
            synchronized (lock) {
                if (hasEnded || pending != null) {
                    return CompletableFuture.failedFuture(new IllegalStateException("the message has ended already"));
                }
                pending = work;
                result = later;
                if (from != null) {
                    from.link().settle(this);
                }
            }
            return later;
        }

        private void succeed() {
            Optional<CompletableFuture<Void>> done = end();
            done.ifPresent(one -> one.complete(null));
        }

        /** The commit has failed; the caller of {@link #commit} rolls back. */
        void fail(Throwable cause) {
            CompletableFuture<Void> done;
            synchronized (lock) {
                done = result;
                pending = null;
                result = null;
            }
            if (done != null) {
                try {
                    ends.execute(() -> done.completeExceptionally(cause));
                } catch (RejectedExecutionException e) {
                    done.completeExceptionally(cause);
                }
            }
        }

        private Optional<CompletableFuture<Void>> end() {
            synchronized (lock) {
                hasEnded = true;
                pending = null;
                return Optional.ofNullable(result);
            }
        }

        @Override
        public void rollBack() {
            Held again;
            synchronized (lock) {
                if (hasEnded) {
                    return;
                }
                hasEnded = true;
                pending = null;
                if (ending || from == null) {
                    forget(this);
                    links.forEach(link -> onThread(link::ask));
                    return;
                }
                again = new Held(message, from, size);
                held.replace(message.getMessageId(), this, again);
            }
            CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS, ItemSource.this::onThread)
                    .execute(() -> {
                        if (ending) {
                            forget(again);
                        } else {
                            begin(again);
                        }
                    });
        }
    }
}
