package dev.caravan.transport;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrowsedQueue;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.ItemSource;
import dev.caravan.broker.LaneRegister;
import dev.caravan.broker.TransactedSend;
import dev.caravan.delivery.ParkedMailSource;
import dev.caravan.delivery.ParkingLane;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.lifecycle.Threads;
import dev.caravan.queue.QueueNames;
import dev.caravan.settle.SourceListener;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues {@code mail.parked.TRANSPORT.LANE}, in which items wait whose destination has no place soon. Items of a lane
 * come into hand when {@link SmtpDelivery} asks for them. Lanes that were filled before this server started, or by
 * another one, are found by the names of queues; those of a broker that does not announce these are in the
 * {@link LaneRegister}. What has been in a lane for long is taken whether there is a place or not, so that its sender is
 * told of the delay and it is given up in time. Thread-safe.
 */
public final class ParkedMail implements SourceListener, ParkedMailSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedMail.class);
    private static final long FIRST_LOOK_SECONDS = 2;
    private static final long LOOK_SECONDS = 60;
    /** When to look again if there was no time to take all that is old. */
    private static final long NEXT_LOOK_SECONDS = 1;
    /** How long items are taken at each look. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How many old items are taken from a lane before it is the turn of the next. */
    private static final int OLD_BATCH = 250;
    /** How long a broker may take to give them. */
    private static final Duration LONGEST_TAKE = Duration.ofSeconds(10);
    /** An item stays in its lane for so many retry delays. */
    private static final int DELAYS_IN_LANE = 4;

    private final BrokerConnections connections;
    private final SmtpDelivery delivery;
    private final Callable<Set<String>> queues;
    private final LaneRegister register;
    private final Duration longest;
    private final Clock clock;
    private final Map<String, ItemSource> sources = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Threads.timer("parked-mail");
    private volatile boolean isFindable;
    private int nextLane;

    /**
     * @param queues the names of the queues that the broker has, as far as it tells; may block.
     * @param register has the names of lanes if the broker announces none.
     * @param retryDelay the usual delay between two attempts.
     */
    public ParkedMail(
            BrokerConnections connections,
            SmtpDelivery delivery,
            Callable<Set<String>> queues,
            LaneRegister register,
            Duration retryDelay,
            Clock clock) {
        this.connections = connections;
        this.delivery = delivery;
        this.queues = queues;
        this.register = register;
        this.isFindable = connections.isEmbedded();
        this.longest = retryDelay.multipliedBy(DELAYS_IN_LANE);
        this.clock = clock;
        delivery.parkedMail(this);
        timer.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** Finds the lanes of a transport when its route begins, and once more when the broker has told all names. */
    @Override
    public void opened(String transport, ItemSource source) {
        sources.put(transport, source);
        try {
            timer.execute(this::look);
            timer.schedule(this::look, FIRST_LOOK_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed", e);
        }
    }

    @Override
    public void closing(String transport, ItemSource source) {
        sources.remove(transport, source);
    }

    /**
     * Whether items of a transport may be parked: only if they can be taken from their lanes again, also after a restart.
     */
    boolean isServed(String transport) {
        return isFindable && sources.containsKey(transport);
    }

    /** Whether an item has been in a lane for so long that it is to be settled whether there is a place or not. */
    boolean isOld(Message message) {
        return DueTime.isOlder(message, longest, clock.instant());
    }

    @Override
    public CompletionStage<Integer> take(String transport, ParkingLane lane, int most) {
        ItemSource source = sources.get(transport);
        return source == null
                ? CompletableFuture.failedFuture(new IllegalStateException(transport + " is not served now"))
                : source.take(QueueNames.parked(transport, lane.name()), most);
    }

    /** Finds lanes, and takes what has been in one for long; called each minute, and by tests. */
    public synchronized void look() {
        try {
            if (!connections.isEmbedded()) {
                readRegister();
            }
            find();
            if (!takeOld()) {
                timer.schedule(this::look, NEXT_LOOK_SECONDS, TimeUnit.SECONDS);
            }
        } catch (RejectedExecutionException e) {
            LOG.trace("closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.debug("the lanes of parked mail cannot be looked at now: {}", e.toString());
        }
    }

    /** The broker may have been exchanged for one of another kind. */
    private void readRegister() throws JMSException {
        try (Connection connection = connections.open()) {
            register.probe(connection);
            isFindable = true;
            register.tidy(connection);
        }
    }

    /** What is to be sent in the transaction that parks an item in a lane, if its name must be kept. */
    Optional<TransactedSend> entry(String queue) {
        return register.entry(queue);
    }

    /** The transaction that parked an item is committed. */
    void entered(String queue) {
        register.entered(queue);
    }

    private void find() throws Exception {
        for (String queue : queues.call()) {
            for (String transport : sources.keySet()) {
                String prefix = QueueNames.parked(transport, "");
                if (queue.startsWith(prefix)) {
                    lane(queue.substring(prefix.length())).ifPresent(lane -> delivery.found(transport, lane));
                }
            }
        }
    }

    private static Optional<ParkingLane> lane(String name) {
        try {
            return Optional.of(new ParkingLane(name));
        } catch (IllegalArgumentException e) {
            // Another program's queue.
            return Optional.empty();
        }
    }

    /** Lanes take turns until nothing is old, or the time is over; then false. */
    private boolean takeOld() throws Exception {
        List<SmtpDelivery.Lane> lanes = delivery.lanes();
        if (lanes.isEmpty()) {
            return true;
        }
        long begun = System.nanoTime();
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE)) {
            int inOrder = 0;
            boolean isLeft = false;
            while (inOrder < lanes.size()) {
                if (System.nanoTime() - begun > LOOK_NANOS) {
                    return false;
                }
                SmtpDelivery.Lane lane = lanes.get(Math.floorMod(nextLane++, lanes.size()));
                String queue = QueueNames.parked(lane.transport(), lane.lane().name());
                boolean isOld = isHeadOld(session, queue);
                boolean isTaken = isOld && takeOld(lane) > 0;
                // None is taken while others are, or while no more may be in hand: it has its turn at the next look.
                isLeft |= isOld && !isTaken;
                inOrder = isTaken ? 0 : inOrder + 1;
            }
            return !isLeft;
        }
    }

    private int takeOld(SmtpDelivery.Lane lane) throws Exception {
        return delivery.take(lane, OLD_BATCH)
                .exceptionally(failure -> 0)
                .toCompletableFuture()
                .get(LONGEST_TAKE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean isHeadOld(Session session, String queue) throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(session, queue)) {
            return browsed.hasNext() && isOld(browsed.next());
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
