package dev.caravan.camel;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolSweep;
import dev.caravan.queue.SpoolSweep.SpoolFile;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.activemq.command.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Once a day, and an hour after a start, removes spool files that belong to nobody: those that two complete walks of
 * all queues do not name. Only where the broker is in our process, since a walk from outside is never complete.
 */
public final class SpoolSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolSweeper.class);
    private static final Duration INTERVAL = Duration.ofDays(1);

    private record FirstWalk(Instant began, List<SpoolFile> listed, Set<ItemId> named) {}

    private final Optional<QueueWalk> walk;
    private final RetryMover mover;
    private final Spool spool;
    private final ClockWatch watch;
    private final Clock clock;
    private Instant due;
    private Optional<FirstWalk> first = Optional.empty();

    /** @param mover pauses during a walk, since it moves mail from queues that come late to queues that come early. */
    SpoolSweeper(Optional<QueueWalk> walk, RetryMover mover, Spool spool, ClockWatch watch) {
        this.walk = walk;
        this.mover = mover;
        this.spool = spool;
        this.watch = watch;
        this.clock = watch.clock();
        this.due = clock.instant().plus(SpoolSweep.GRACE);
    }

    /** Walks if it is time: the second walk comes with the call after the first. */
    public synchronized void sweepWhenDue() {
        ClockWatch.Reading reading = watch.look();
        Instant latest = reading.now().plus(INTERVAL);
        due = due.isAfter(latest) ? latest : due;
        if (!reading.isLongSteady()) {
            // By a clock that was just set, a file that is being written may look old.
            first = Optional.empty();
            return;
        }
        if (walk.isEmpty() || reading.now().isBefore(due)) {
            return;
        }
        try {
            if (!walk.get().seesAll()) {
                LOG.info("the spool is swept later: mail that a consumer rejected waits outside of all queues");
                first = Optional.empty();
                due = clock.instant().plus(SpoolSweep.GRACE);
                return;
            }
            if (first.isEmpty()) {
                Instant began = clock.instant();
                List<SpoolFile> listed = spool.files();
                if (listed.isEmpty()) {
                    due = began.plus(INTERVAL);
                    return;
                }
                first = Optional.of(new FirstWalk(began, listed, namedItems(walk.get())));
                return;
            }
            Set<ItemId> named = namedItems(walk.get());
            if (walk.get().seesAll()) {
                remove(first.get(), named);
            }
            first = Optional.empty();
            due = clock.instant().plus(INTERVAL);
        } catch (Exception e) {
            LOG.warn("the spool cannot be swept now: {}", e.toString());
            first = Optional.empty();
            due = clock.instant().plus(SpoolSweep.GRACE);
        }
    }

    private void remove(FirstWalk before, Set<ItemId> named) throws IOException {
        List<String> orphans =
                SpoolSweep.orphans(before.listed, new SpoolSweep.Walks(before.began, before.named, named));
        if (!orphans.isEmpty()) {
            LOG.info("{} spool files belong to no mail and are removed", orphans.size());
            spool.removeOrphans(orphans);
        }
    }

    private Set<ItemId> namedItems(QueueWalk walk) throws Exception {
        return mover.whilePaused(() -> {
            Set<ItemId> named = new HashSet<>();
            walk.walk(message -> itemId(message).ifPresent(named::add));
            return named;
        });
    }

    private static Optional<ItemId> itemId(Message message) {
        try {
            return message.getProperty(ItemProperties.ITEM_ID) instanceof String text
                    ? Optional.of(ItemId.parse(text))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
