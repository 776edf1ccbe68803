package dev.caravan.housekeeping;

import dev.caravan.broker.AnnouncedQueues;
import dev.caravan.broker.BrokerClock;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.LeftItems;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.lifecycle.ReconnectingConnection;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.queue.TimedQueues;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.queue.WaitingMailPacer;
import dev.caravan.trace.MailEvents;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves waiting items back to the queue of their transport when they are due. A timer calls {@code tick} each second: it
 * looks at the head of every {@code mail.retry.*} queue and moves due items in transactions, as fast as their transports
 * take them ({@link RetryTurns}). Items that wait until a time of their own it moves from slot to slot
 * ({@link TimedQueues}). Holds no message between two ticks; several servers may run it on one broker at once.
 * Thread-safe.
 */
public final class RetryScheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetryScheduler.class);
    private static final Duration TICK = Duration.ofMillis(980);
    private static final String SMTP = "smtp";
    /**
     * How many messages must wait in {@code mail.deliver.smtp}, beyond those being delivered, before messages parked for
     * busy destinations are released slowly.
     */
    private static final int BACKLOG = 20;
    /** A browser shows no more than some hundred messages. */
    private static final int MOST_SEEN = 300;

    /** How long to wait before the next look at a queue that has not been emptied. */
    private static final long LEAST_PAUSE_MILLIS = 5;

    private static final long LONGEST_PAUSE_MILLIS = 80;

    private static final String NO_ITEM = "not a queue item";

    private final ClockWatch watch;
    private final DueTime dueTime;
    private final Map<String, Duration> usual = new TreeMap<>();
    private final DueMessageConsumer consumer;
    private final MailEvents events;
    private final String paced;
    private final int backlog;
    private final UnsupportedItems unsupported;
    private final WaitingMailPacer pacer = new WaitingMailPacer((int) Outcome.BUSY_DELAY.toSeconds());
    private final RetryTurns turns = new RetryTurns();
    private final TimedVisits visits = new TimedVisits();
    /** The queues for which items at the head of a retry queue wait. */
    private final Set<String> full = new TreeSet<>();

    private final ReconnectingConnection<AnnouncedQueues, JMSException> announced;
    private boolean isClosed;
    private volatile long tickedAt = System.nanoTime();

    /**
     * A scheduler for all retry queues.
     *
     * @param delays the delays of the redelivery policies; queues of other delays are found if the broker announces its
     *     queues, as ActiveMQ Classic does.
     * @param deliveries the greatest number of SMTP deliveries at the same time.
     * @param events receives messages that are not queue items.
     * @param unsupported items of newer servers, which are not moved.
     */
    public RetryScheduler(
            BrokerConnections connections,
            ClockWatch watch,
            Collection<Duration> delays,
            int deliveries,
            MailEvents events,
            UnsupportedItems unsupported) {
        this.events = events;
        this.announced = new ReconnectingConnection<>(() -> AnnouncedQueues.open(connections));
        this.unsupported = unsupported;
        this.watch = watch;
        this.dueTime = new DueTime(new BrokerClock(watch, !connections.isEmbedded()));
        this.consumer = new DueMessageConsumer(connections);
        this.backlog = Math.min(MOST_SEEN, deliveries + BACKLOG);
        delays.forEach(delay -> usual.put(RetrySchedule.queueName(delay), delay));
        String turn = RetrySchedule.queueName(Outcome.BUSY_DELAY);
        // If the policy has the same delay, the queue also holds deferred messages, which must not be released late.
        this.paced = usual.containsKey(turn) ? "" : turn;
        usual.put(turn, Outcome.BUSY_DELAY);
    }

    /**
     * Moves due items; works at most about a second.
     *
     * @return the number of items moved.
     */
    public synchronized int tick() {
        int moved = 0;
        long until = System.nanoTime() + TICK.toNanos();
        watch.look();
        dueTime.nextLook();
        try {
            full.clear();
            moved = moveTimed(until, true) + moveAll(queues(), until);
            long pause = LEAST_PAUSE_MILLIS;
            while (!isClosed && !full.isEmpty() && until - System.nanoTime() > 0) {
                if (!hasRoomAgain()) {
                    // Lets others in that need the queues to stand still.
                    wait(pause);
                    pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
                } else {
                    Map<String, Duration> unpaced = queues();
                    unpaced.remove(paced);
                    full.clear();
                    moved += moveTimed(until, false) + moveAll(unpaced, until);
                    pause = LEAST_PAUSE_MILLIS;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (JMSException e) {
            LOG.warn("cannot move due messages out of the retry queues now: {}", e.toString());
            announced.close();
            visits.lookAtAll();
        }
        tickedAt = System.nanoTime();
        return moved;
    }

    private int moveAll(Map<String, Duration> queues, long until) throws JMSException {
        int moved = 0;
        for (Map.Entry<String, Duration> queue : queues.entrySet()) {
            moved += move(queue.getKey(), queue.getValue(), until);
        }
        return moved;
    }

    /**
     * Moves items that wait until a time of their own, nearer to it or to the queue of their transport.
     *
     * @param isFirst whether it is the first time in this second: each queue is looked at for some seconds.
     */
    private int moveTimed(long until, boolean isFirst) throws JMSException {
        // A browser would make queues that do not exist.
        AnnouncedQueues names = announced.get();
        Optional<Set<String>> known = names.areAll() ? Optional.of(names.names()) : Optional.empty();
        int moved = 0;
        for (String queue : visits.due(watch.clock().instant())) {
            if (System.nanoTime() - until > 0) {
                // The others are looked at in the next turn.
                break;
            }
            if (known.isEmpty() || known.get().contains(queue)) {
                moved += moveTimed(queue, until, isFirst);
            } else if (isFirst) {
                visits.missed(queue);
            }
        }
        return moved;
    }

    private int moveTimed(String queue, long until, boolean isFirst) throws JMSException {
        TimedQueues wheel = TimedQueues.of(queue).orElseThrow();
        TimedMoving moving = new TimedMoving(queue, wheel);
        int taken = consumer.consumeDue(
                queue,
                () -> {
                    RoomFor room = new RoomFor();
                    return message -> !moving.left.isPaused(message)
                            && switch (moving.next(message)) {
                                case STAYS -> false;
                                case MOVES -> true;
                                case IS_DUE -> moving.hasRoom(room, message);
                            };
                },
                moving,
                new DueMessageConsumer.Bounds(Integer.MAX_VALUE, until));
        boolean hasMore = taken > 0 || moving.isBlocked;
        if (hasMore || isFirst) {
            visits.looked(queue, hasMore);
        }
        return taken - moving.left.count();
    }

    /** Whether one of the full queues takes items again. */
    private boolean hasRoomAgain() throws JMSException {
        boolean hasRoom = false;
        for (String queue : full) {
            if (turns.isWaitingFor(queue)) {
                turns.sawFirst(queue, consumer.firstSentAt(queue));
            }
            hasRoom |= turns.room(queue, System.nanoTime()) > 0;
        }
        return hasRoom;
    }

    /** The time since the last tick ended, or since the start if there was none. */
    public Duration sinceTick() {
        return Duration.ofNanos(System.nanoTime() - tickedAt);
    }

    private int move(String queue, Duration delay, long until) throws JMSException {
        if (!queue.equals(paced)) {
            return move(queue, delay, new DueMessageConsumer.Bounds(Integer.MAX_VALUE, until));
        }
        int moved = 0;
        if (consumer.holds(queue, 1)) {
            int most = pacer.allowance(consumer.holds(QueueNames.deliver(SMTP), backlog));
            moved = move(queue, delay, new DueMessageConsumer.Bounds(most, until));
        }
        pacer.released(moved);
        return moved;
    }

    private int move(String queue, Duration delay, DueMessageConsumer.Bounds bounds) throws JMSException {
        Moving moving = new Moving(queue);
        Predicate<Message> isDue = message -> dueTime.isDue(message, delay) && !moving.left.isPaused(message);
        int taken = consumer.consumeDue(queue, () -> isDue.and(new RoomFor()), moving, bounds);
        return taken - moving.left.count();
    }

    /** Whether the queue of each message's transport has room for it, in one pass over the head of a retry queue. */
    private final class RoomFor implements Predicate<Message> {
        private final Map<String, Integer> counts = new HashMap<>();

        @Override
        public boolean test(Message message) {
            Optional<String> queue = pacedQueue(message);
            if (queue.isEmpty()) {
                return true;
            }
            boolean hasRoom = counts.merge(queue.get(), 1, Integer::sum) <= turns.room(queue.get(), System.nanoTime());
            if (!hasRoom) {
                full.add(queue.get());
            }
            return hasRoom;
        }
    }

    /**
     * The queue of the transport of a message; empty if it is not an item that waits for a transport. Its properties are
     * believed where it has them, because decoding the item takes longer: at worst too many are moved at once.
     */
    private static Optional<String> pacedQueue(Message message) {
        if (ItemProperties.text(message, ItemProperties.RETURN_TO).isPresent()) {
            return Optional.empty();
        }
        Optional<String> named = ItemProperties.transport(message).map(QueueNames::deliver);
        return named.isPresent() ? named : MessageCopy.octets(message).flatMap(RetryScheduler::queueOf);
    }

    private static Optional<String> queueOf(byte[] octets) {
        try {
            return QueueItemFormat.nextHop(octets).map(QueueNames::deliver);
        } catch (UnsupportedItemException e) {
            return Optional.empty();
        }
    }

    /** Runs a step while no item is moved. */
    public synchronized <T> T whilePaused(Callable<T> step) throws Exception {
        return step.call();
    }

    private Map<String, Duration> queues() throws JMSException {
        Map<String, Duration> queues = new TreeMap<>(usual);
        for (String name : announced.get().names()) {
            RetrySchedule.delayOf(name).ifPresent(delay -> queues.put(name, delay));
        }
        return queues;
    }

    /** The retry queues of the policies, and all queues that the broker announces. */
    synchronized Set<String> known() throws JMSException {
        Set<String> names = announced.get().names();
        names.addAll(usual.keySet());
        if (!announced.get().areAll()) {
            for (TimedQueues wheel : TimedQueues.values()) {
                names.addAll(wheel.queues());
            }
        }
        return names;
    }

    private class Moving implements DueMessageConsumer.BatchHandler {
        final LeftItems left;
        private final List<Runnable> reports = new ArrayList<>();
        private final Map<String, Integer> moved = new HashMap<>();

        Moving(String queue) {
            this.left = new LeftItems(queue, unsupported);
        }

        @Override
        public void handle(Session session, ProducerCache producers, Message message) throws JMSException {
            try {
                String queue = moveToItsQueue(session, producers, message, events, reports::add);
                moved.merge(queue, 1, Integer::sum);
            } catch (UnsupportedItemException e) {
                left.putBack(producers, message, e);
            }
        }

        @Override
        public void committed() {
            left.committed();
            // The client library stamps what it sends by this clock, too.
            long sent = System.currentTimeMillis();
            moved.forEach((queue, count) -> turns.moved(queue, count, sent, System.nanoTime()));
            moved.clear();
            reports.forEach(Runnable::run);
            reports.clear();
        }

        @Override
        public void rolledBack() {
            left.rolledBack();
            moved.clear();
            reports.clear();
        }
    }

    /** Moves items that are due as others are, and the rest to the slot of their time. */
    private final class TimedMoving extends Moving {
        private final String queue;
        private final TimedQueues wheel;
        private boolean isBlocked;

        TimedMoving(String queue, TimedQueues wheel) {
            super(queue);
            this.queue = queue;
            this.wheel = wheel;
        }

        Next next(Message message) {
            Optional<String> slot = slot(message);
            return slot.isEmpty() ? Next.IS_DUE : slot.get().equals(queue) ? Next.STAYS : Next.MOVES;
        }

        boolean hasRoom(RoomFor room, Message message) {
            boolean hasRoom = room.test(message);
            isBlocked |= !hasRoom;
            return hasRoom;
        }

        private Optional<String> slot(Message message) {
            return wheel.queue(due(message), dueTime.now(message));
        }

        /** From the item if other programs have moved the message, and its properties are lost. */
        private Instant due(Message message) {
            return dueTime.ownTime(message)
                    .or(() -> MessageCopy.octets(message).flatMap(QueueItemFormat::nextAttempt))
                    .orElse(Instant.EPOCH);
        }

        @Override
        public void handle(Session session, ProducerCache producers, Message message) throws JMSException {
            Optional<String> slot = slot(message);
            if (slot.isEmpty()) {
                super.handle(session, producers, message);
            } else {
                Instant now = dueTime.now(message);
                producers.to(slot.get()).send(MessageCopy.waiting(message, due(message), now));
            }
        }
    }

    private enum Next {
        STAYS,
        MOVES,
        IS_DUE
    }

    /**
     * Moves a waiting item to the queue of its transport, or back to {@code mail.dead}; a message that is not an item
     * goes to {@code mail.dead.invalid}. The transport is read from the item itself, since other programs that move
     * messages lose their properties.
     *
     * @param afterCommit collects the reports to make after the commit.
     * @return false if it was not an item.
     * @throws UnsupportedItemException if a newer server wrote the item; nothing was sent.
     */
    public static boolean moveBack(
            Session session,
            ProducerCache producers,
            Message message,
            MailEvents events,
            Consumer<Runnable> afterCommit)
            throws JMSException, UnsupportedItemException {
        return !moveToItsQueue(session, producers, message, events, afterCommit).equals(QueueNames.DEAD_INVALID);
    }

    /** Returns the queue to which the message went. */
    private static String moveToItsQueue(
            Session session,
            ProducerCache producers,
            Message message,
            MailEvents events,
            Consumer<Runnable> afterCommit)
            throws JMSException, UnsupportedItemException {
        Optional<byte[]> octets = MessageCopy.octets(message);
        Optional<NextHop> nextHop = octets.isEmpty() ? Optional.empty() : QueueItemFormat.nextHop(octets.get());
        if (nextHop.isEmpty()) {
            String queue = String.valueOf(message.getJMSDestination());
            String messageId = message.getJMSMessageID();
            afterCommit.accept(() -> events.invalid(queue, messageId, NO_ITEM));
            producers.to(QueueNames.DEAD_INVALID).send(MessageCopy.setAside(message, NO_ITEM));
            return QueueNames.DEAD_INVALID;
        }
        boolean isDead = ItemProperties.text(message, ItemProperties.RETURN_TO)
                .filter(QueueNames.DEAD::equals)
                .isPresent();
        String queue = isDead ? QueueNames.DEAD : QueueNames.deliver(nextHop.get());
        producers.to(queue).send(MessageCopy.of(session, (BytesMessage) message));
        return queue;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        notifyAll();
        consumer.close();
        announced.close();
    }
}
