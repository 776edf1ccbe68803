package dev.caravan.control;

import dev.caravan.broker.QueueRotation;
import dev.caravan.broker.StoreScanner;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.lifecycle.ShutdownState;
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
import java.util.concurrent.Callable;
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
    private final RetryScheduler scheduler;
    private final JournalCompactor compactor;
    private final ShutdownState shutdown;
    private final Spool spool;
    private final Clock clock;

    /**
     * Operations on the queues of a broker.
     *
     * @param scanner of the embedded broker; empty if the broker is a process of its own.
     * @param scheduler must not move messages during a slice, which would miss them.
     * @param compactor likewise.
     */
    public QueueOperations(
            KnownQueues queues,
            Optional<StoreScanner> scanner,
            QueueRotation pass,
            RetryScheduler scheduler,
            JournalCompactor compactor,
            ShutdownState shutdown,
            Spool spool,
            Clock clock) {
        this.queues = queues;
        this.scanner = scanner;
        this.pass = pass;
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
     * @param missed the number of selected messages that were not found again: they are in delivery, or have moved on.
     * @param next the position of the next slice; empty at the end.
     */
    record Part(long done, long missed, long unsupported, Optional<PassCursor> next) {}

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
     * @throws Exception if a queue cannot be read or the broker refuses; changes that were committed stay.
     */
    synchronized Part run(QueueAction action, Optional<PassCursor> after) throws Exception {
        PassCursor place = after.orElseGet(() -> PassCursor.begin(clock.instant()));
        if (after.isEmpty()) {
            LOG.info("an operator's {}: {}", action.verb().word(), action.filter());
            action.begin();
        }
        return place.isWithinQueue() ? goOn(action, place) : enter(action, place);
    }

    private Part enter(QueueAction action, PassCursor place) throws Exception {
        Optional<String> queue = place.nextOf(action.filter().queues(queues.names()));
        if (queue.isEmpty()) {
            return new Part(0, 0, 0, Optional.empty());
        }
        Selected selected = action.filter().isAll()
                ? new Selected(OptionalLong.empty(), 0)
                : selected(action, queue.get(), place.pass());
        boolean isNone = isEmpty(queue.get()) || selected.count().orElse(1) == 0;
        PassCursor next = isNone ? place.after(queue.get()) : place.in(queue.get(), false, selected.count());
        return new Part(0, 0, selected.unsupported(), Optional.of(next));
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
        while (next.isPresent()) {
            if (shutdown.hasBegun()) {
                throw new IllegalStateException("stopping");
            }
            List<Message> page = new ArrayList<>();
            next = scanner.get().page(queue, next.getAsLong(), (message, number) -> page.add(message));
            for (Message message : page) {
                try {
                    count += isSelected(action, message, pass) ? 1 : 0;
                } catch (UnsupportedItemException e) {
                    unsupported++;
                }
            }
        }
        return new Selected(OptionalLong.of(count), unsupported);
    }

    private boolean isSelected(QueueAction action, Message message, QueueRotation.PassId pass)
            throws JMSException, UnsupportedItemException {
        return !pass.isBefore(message, clock.instant())
                && action.selected(message, spool).isPresent();
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
        return new Part(part.taken(), isOver ? rest.orElse(0) : 0, unsupported, Optional.of(next));
    }
}
