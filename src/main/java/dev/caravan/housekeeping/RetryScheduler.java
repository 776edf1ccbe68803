package dev.caravan.housekeeping;

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
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.queue.WaitingMailPacer;
import dev.caravan.trace.MailEvents;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts waiting mail back into the queue of its transport when it is due: {@code tick} looks at the head of every
 * {@code mail.retry.*} queue and moves what is due, in transactions. A timer calls it each second; it holds nothing
 * between two ticks, and several nodes may run it at once.
 */
public final class RetryScheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetryScheduler.class);
    private static final Duration TICK = Duration.ofMillis(980);
    private static final String SMTP = "smtp";
    /** So many mails beyond those in hand stand in line. */
    private static final int LINE = 20;
    /** A browse shows no more than some hundred. */
    private static final int MOST_SEEN = 300;

    private static final String NO_ITEM = "no queue item waits here";

    private final ClockWatch watch;
    private final DueTime dueTime;
    private final Map<String, Duration> usual = new TreeMap<>();
    private final DueMessageConsumer taker;
    private final MailEvents events;
    private final String paced;
    private final int line;
    private final UnsupportedItems unsupported;
    private final WaitingMailPacer pace = new WaitingMailPacer((int) Outcome.BUSY_DELAY.toSeconds());
    private final ReconnectingConnection<ActiveMQConnection, JMSException> watcher;
    private volatile long tickedAt = System.nanoTime();

    /**
     * A mover for all retry queues.
     *
     * @param delays that mail may wait, by the policy and by us; other queues are found at a broker that tells of them.
     * @param deliveries how many mails are in hand by SMTP when none stands in line.
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
        this.watcher = new ReconnectingConnection<>(connections::openForWatching);
        this.unsupported = unsupported;
        this.watch = watch;
        this.dueTime = new DueTime(new BrokerClock(watch, !connections.isEmbedded()));
        this.taker = new DueMessageConsumer(connections);
        this.line = Math.min(MOST_SEEN, deliveries + LINE);
        delays.forEach(delay -> usual.put(RetrySchedule.queueName(delay), delay));
        String turn = RetrySchedule.queueName(Outcome.BUSY_DELAY);
        // Where the policy has the same delay, the queue holds deferred mail too, and that must not be late.
        this.paced = usual.containsKey(turn) ? "" : turn;
        usual.put(turn, Outcome.BUSY_DELAY);
    }

    /**
     * Moves what is due; at most about a second of work.
     *
     * @return how many items were moved.
     */
    public synchronized int tick() {
        int moved = 0;
        long until = System.nanoTime() + TICK.toNanos();
        watch.look();
        dueTime.nextLook();
        try {
            for (Map.Entry<String, Duration> queue : queues().entrySet()) {
                moved += move(queue.getKey(), queue.getValue(), until);
            }
        } catch (JMSException e) {
            LOG.warn("the retry queues cannot be served now: {}", e.toString());
            watcher.close();
        }
        tickedAt = System.nanoTime();
        return moved;
    }

    /** How long ago the last tick ended; since the start if there was none. */
    public Duration sinceTick() {
        return Duration.ofNanos(System.nanoTime() - tickedAt);
    }

    private int move(String queue, Duration delay, long until) throws JMSException {
        if (!queue.equals(paced)) {
            return move(queue, delay, new DueMessageConsumer.Bounds(Integer.MAX_VALUE, until));
        }
        int moved = 0;
        if (taker.holds(queue, 1)) {
            int most = pace.allowance(taker.holds(QueueNames.deliver(SMTP), line));
            moved = move(queue, delay, new DueMessageConsumer.Bounds(most, until));
        }
        pace.went(moved);
        return moved;
    }

    private int move(String queue, Duration delay, DueMessageConsumer.Bounds bounds) throws JMSException {
        Moving moving = new Moving(queue);
        Predicate<Message> isDue = message -> dueTime.isDue(message, delay) && !moving.left.isPaused(message);
        int taken = taker.takeDue(queue, isDue, moving, bounds);
        return taken - moving.left.count();
    }

    /** Runs a step while nothing is moved. */
    public synchronized <T> T whilePaused(Callable<T> step) throws Exception {
        return step.call();
    }

    private Map<String, Duration> queues() throws JMSException {
        Map<String, Duration> queues = new TreeMap<>(usual);
        for (String name : told()) {
            RetrySchedule.delayOf(name).ifPresent(delay -> queues.put(name, delay));
        }
        return queues;
    }

    /** The queues that the broker tells of, if it does; for the first moments not yet of all. */
    private Set<String> told() throws JMSException {
        Set<String> names = new TreeSet<>();
        for (ActiveMQQueue queue : watcher.get().getDestinationSource().getQueues()) {
            names.add(queue.getPhysicalName());
        }
        return names;
    }

    /** The retry queues, and those that the broker tells of. */
    synchronized Set<String> known() throws JMSException {
        Set<String> names = told();
        names.addAll(usual.keySet());
        return names;
    }

    private final class Moving implements DueMessageConsumer.Taking {
        private final LeftItems left;

        Moving(String queue) {
            this.left = new LeftItems(queue, unsupported);
        }

        @Override
        public void take(Session session, ProducerCache producers, Message message) throws JMSException {
            try {
                moveBack(session, producers, message, events);
            } catch (UnsupportedItemException e) {
                left.putBack(producers, message, e);
            }
        }

        @Override
        public void committed() {
            left.committed();
        }

        @Override
        public void rolledBack() {
            left.rolledBack();
        }
    }

    /**
     * Moves a waiting item to the queue of its transport, or to {@code mail.dead}; what is no item is set aside. Where it
     * goes is read from the item itself: its properties are for people, and foreign programs lose them.
     *
     * @return false if it was set aside.
     * @throws UnsupportedItemException if a newer server wrote the item; nothing was sent.
     */
    public static boolean moveBack(Session session, ProducerCache producers, Message message, MailEvents events)
            throws JMSException, UnsupportedItemException {
        Optional<byte[]> octets = MessageCopy.octets(message);
        Optional<NextHop> nextHop = octets.isEmpty() ? Optional.empty() : QueueItemFormat.nextHop(octets.get());
        if (nextHop.isEmpty()) {
            events.invalid(String.valueOf(message.getJMSDestination()), message.getJMSMessageID(), NO_ITEM);
            producers.to(QueueNames.DEAD_INVALID).send(MessageCopy.setAside(message, NO_ITEM));
            return false;
        }
        boolean isDead = ItemProperties.text(message, ItemProperties.RETURN_TO)
                .filter(QueueNames.DEAD::equals)
                .isPresent();
        String queue = isDead ? QueueNames.DEAD : QueueNames.deliver(nextHop.get());
        producers.to(queue).send(MessageCopy.of(session, (BytesMessage) message));
        return true;
    }

    @Override
    public synchronized void close() {
        taker.close();
        watcher.close();
    }
}
