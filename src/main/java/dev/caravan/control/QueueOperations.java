package dev.caravan.control;

import dev.caravan.broker.QueueRotation;
import dev.caravan.broker.StoreScanner;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an operator's command in slices of about one second, so that the retry scheduler and journal compaction run in
 * between. With the embedded broker each queue is scanned first: a queue without selected messages is skipped, and a pass
 * ends with the last selected message if all that are selected were at the head. Else it goes through the whole queue, whose
 * order the retry scheduler relies on.
 */
public final class QueueOperations {
    private static final Logger LOG = LoggerFactory.getLogger(QueueOperations.class);
    private static final Duration PART = Duration.ofSeconds(1);
    /** Takes no message. */
    private static final QueueRotation.Handler NOTHING = (session, producers, message) -> false;

    private final KnownQueues queues;
    private final Optional<StoreScanner> scanner;
    private final QueueRotation pass;
    private final InHandCommands inHand;
    private final Optional<PeerCommands> peers;
    private final RetryScheduler scheduler;
    private final JournalCompactor compactor;
    private final ShutdownState shutdown;
    private final Spool spool;
    private final Clock clock;

    /**
     * Operations on the queues of a broker.
     *
     * @param scanner of the embedded broker; empty if the broker is a process of its own.
     * @param inHand knows the items that this server is delivering.
     * @param peers asks the other servers at the broker; empty if there can be none.
     * @param scheduler must not move messages during a slice, which would miss them.
     * @param compactor likewise.
     */
    public QueueOperations(
            KnownQueues queues,
            Optional<StoreScanner> scanner,
            QueueRotation pass,
            InHandCommands inHand,
            Optional<PeerCommands> peers,
            RetryScheduler scheduler,
            JournalCompactor compactor,
            ShutdownState shutdown,
            Spool spool,
            Clock clock) {
        this.queues = queues;
        this.scanner = scanner;
        this.pass = pass;
        this.inHand = inHand;
        this.peers = peers;
        this.scheduler = scheduler;
        this.compactor = compactor;
        this.shutdown = shutdown;
        this.spool = spool;
        this.clock = clock;
    }

    private <T> T whilePaused(Callable<T> step) throws Exception {
        return scheduler.whilePaused(() -> compactor.whilePaused(step));
    }

    /**
     * What a slice has done.
     *
     * @param done the number of messages that were changed.
     * @param unsupported the number of items that may be selected, but that only a newer server understands; they are
     *     unchanged.
     * @param refused the number of selected messages that are being delivered, and whose last reply is awaited.
     * @param missed the number of selected messages that were not found again: they are in delivery, or have moved on.
     * @param next the position of the next slice; empty at the end.
     */
    record Part(long done, long refused, long missed, long unsupported, Optional<PassCursor> next) {
        private static Part of(long done, long missed, long unsupported, Optional<PassCursor> next) {
            return new Part(done, 0, missed, unsupported, next);
        }
    }

    /**
     * The selected messages of a queue.
     *
     * @param count their number; empty if only a pass can find out.
     */
    private record Selected(OptionalLong count, long unsupported) {}

    /**
     * Runs the next slice of a command.
     *
     * @param after the {@code next} of the slice before; empty to begin.
     * @param scope which messages are meant, beside those that the filter selects.
     * @throws Exception if a queue cannot be read or the broker refuses; changes that were committed stay.
     */
    Part run(QueueAction action, Optional<PassCursor> after, Scope scope) throws Exception {
        return after.isEmpty() ? begin(action, scope) : slice(action, after.get());
    }

    /** Where a command looks for messages. */
    enum Scope {
        QUEUES(false, true),
        IN_HAND(true, false),
        BOTH(true, true);

        private final boolean hasInHand;
        private final boolean hasQueues;

        Scope(boolean hasInHand, boolean hasQueues) {
            this.hasInHand = hasInHand;
            this.hasQueues = hasQueues;
        }
    }

    /** Deliveries first: an item of one that ends meanwhile is met in a queue afterwards. */
    private Part begin(QueueAction action, Scope scope) throws Exception {
        LOG.info("an operator's {}: {}", action.verb().word(), action.filter());
        PassCursor first = PassCursor.begin(clock.instant());
        action.begin();
        InHandCommands.Result result = scope.hasInHand ? runInHand(action) : InHandCommands.Result.NONE;
        return new Part(result.done(), result.refused(), 0, 0, scope.hasQueues ? Optional.of(first) : Optional.empty());
    }

    private InHandCommands.Result runInHand(QueueAction action) throws Exception {
        CompletionStage<InHandCommands.Result> own = inHand.run(action);
        InHandCommands.Result others = peers.isPresent() ? peers.get().ask(action) : InHandCommands.Result.NONE;
        return own.toCompletableFuture().join().and(others);
    }

    private synchronized Part slice(QueueAction action, PassCursor place) throws Exception {
        return place.isWithinQueue() ? goOn(action, place) : enter(action, place);
    }

    private Part enter(QueueAction action, PassCursor place) throws Exception {
        Optional<String> queue = place.nextOf(action.filter().queues(queues.names()));
        if (queue.isEmpty()) {
            return Part.of(0, 0, 0, Optional.empty());
        }
        Selected selected = action.filter().isAll()
                ? new Selected(OptionalLong.empty(), 0)
                : selected(action, queue.get(), place.pass());
        boolean isNone = isEmpty(queue.get()) || selected.count().orElse(1) == 0;
        PassCursor next = isNone ? place.after(queue.get()) : place.in(queue.get(), false, selected.count());
        return Part.of(0, 0, selected.unsupported(), Optional.of(next));
    }

    private boolean isEmpty(String queue) throws Exception {
        return scanner.isPresent() && scanner.get().depth(queue) == 0;
    }

    private Selected selected(QueueAction action, String queue, QueueRotation.PassId pass) throws Exception {
        if (scanner.isEmpty()) {
            return new Selected(OptionalLong.empty(), 0);
        }
        long count = 0;
        long unsupported = 0;
        OptionalLong next = OptionalLong.of(0);
        // The store has them, and the pass does not meet them.
        Set<ItemId> delivered = inHand.items();
        while (next.isPresent()) {
            if (shutdown.hasBegun()) {
                throw new IllegalStateException("stopping");
            }
            List<Message> page = new ArrayList<>();
            next = scanner.get().page(queue, next.getAsLong(), (message, number) -> page.add(message));
            for (Message message : page) {
                try {
                    count += isSelected(action, message, pass, delivered) ? 1 : 0;
                } catch (UnsupportedItemException e) {
                    unsupported++;
                }
            }
        }
        return new Selected(OptionalLong.of(count), unsupported);
    }

    private boolean isSelected(QueueAction action, Message message, QueueRotation.PassId pass, Set<ItemId> delivered)
            throws JMSException, UnsupportedItemException {
        return !pass.isBefore(message, clock.instant())
                && action.selected(message, spool)
                        .filter(item -> !delivered.contains(item.id()))
                        .isPresent();
    }

    private Part goOn(QueueAction action, PassCursor place) throws Exception {
        long left = place.left().orElse(Long.MAX_VALUE);
        QueueRotation.Handler handler = left == 0 ? NOTHING : action.on(place.queue());
        QueueRotation.Bounds bounds =
                new QueueRotation.Bounds(left == 0 ? Long.MAX_VALUE : left, System.nanoTime() + PART.toNanos());
        QueueRotation.Part part = whilePaused(() -> pass.run(place.queue(), place.pass(), handler, bounds));
        OptionalLong rest = place.left().isPresent() ? OptionalLong.of(left - part.taken()) : place.left();
        boolean isTurned = place.isTurned() || part.putBack() > 0;
        boolean isOver = part.ended() || (rest.orElse(1) == 0 && !isTurned);
        PassCursor next = isOver ? place.after(place.queue()) : place.in(place.queue(), isTurned, rest);
        // If the number of selected messages is known, the scan has counted these too.
        long unsupported = place.left().isPresent() ? 0 : part.unsupported();
        return Part.of(part.taken(), isOver ? rest.orElse(0) : 0, unsupported, Optional.of(next));
    }
}
