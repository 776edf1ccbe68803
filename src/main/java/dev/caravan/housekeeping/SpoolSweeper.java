package dev.caravan.housekeeping;

import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.StoreScanner;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolOrphans;
import dev.caravan.queue.SpoolOrphans.SpoolFile;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.activemq.command.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Once a day, and an hour after a start, removes spool files that belong to no message: those that two complete walks of
 * all queues do not name. What a message names is read from its octets: programs that move mail lose its properties.
 * While a message cannot be read, such files are set aside for 30 days, and health tells of that. Only where the broker
 * is in our process, since a walk from outside is never complete.
 */
public final class SpoolSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolSweeper.class);
    private static final Duration INTERVAL = Duration.ofDays(1);

    /** How long a file is kept that may belong to a message that cannot be read. */
    private static final Duration KEEP_ORPHANS = Duration.ofDays(30);
    /** The line that names an item is near its beginning. */
    private static final int HEADER_OCTETS = 64 * 1024;

    /** Queues whose messages are no items, and name no file. */
    private static final Set<String> WITHOUT_ITEMS =
            Set.of(QueueNames.SUBMIT, QueueNames.SUBMIT_INVALID, QueueNames.SUBMITTED);

    private static final String EVENTS = "mail.events";
    private static final String OURS = "mail.";

    private record FirstWalk(Instant began, List<SpoolFile> listed, Walked walked) {}

    /**
     * What a walk has met.
     *
     * @param named the items.
     * @param unreadable queues with messages that have no readable header of an item, and how many.
     */
    private record Walked(Set<ItemId> named, Map<String, Long> unreadable) {}

    private final Optional<StoreScanner> walk;
    private final RetryScheduler mover;
    private final Spool spool;
    private final ClockWatch watch;
    private final Clock clock;
    private Instant due;
    private Optional<FirstWalk> first = Optional.empty();
    private volatile Map<String, Long> unreadable = Map.of();

    /** @param mover pauses during a walk, since it moves mail from queues that come late to queues that come early. */
    public SpoolSweeper(Optional<StoreScanner> walk, RetryScheduler mover, Spool spool, ClockWatch watch) {
        this.walk = walk;
        this.mover = mover;
        this.spool = spool;
        this.watch = watch;
        this.clock = watch.clock();
        this.due = clock.instant().plus(SpoolOrphans.GRACE);
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
                due = clock.instant().plus(SpoolOrphans.GRACE);
                return;
            }
            if (first.isEmpty()) {
                Instant began = clock.instant();
                List<SpoolFile> listed = spool.files();
                if (listed.isEmpty()) {
                    due = began.plus(INTERVAL);
                    return;
                }
                first = Optional.of(new FirstWalk(began, listed, walked(walk.get())));
                return;
            }
            Walked second = walked(walk.get());
            if (walk.get().seesAll()) {
                remove(first.get(), second);
            }
            spool.pruneOrphans(clock.instant().minus(KEEP_ORPHANS));
            first = Optional.empty();
            due = clock.instant().plus(INTERVAL);
        } catch (Exception e) {
            LOG.warn("the spool cannot be swept now: {}", e.toString());
            first = Optional.empty();
            due = clock.instant().plus(SpoolOrphans.GRACE);
        }
    }

    private void remove(FirstWalk before, Walked second) throws IOException {
        Map<String, Long> notRead = new TreeMap<>(before.walked.unreadable);
        second.unreadable.forEach((queue, count) -> notRead.merge(queue, count, Math::max));
        unreadable = Map.copyOf(notRead);
        List<String> orphans = SpoolOrphans.orphans(
                before.listed, new SpoolOrphans.Walks(before.began, before.walked.named, second.named));
        if (orphans.isEmpty()) {
            return;
        }
        if (notRead.isEmpty()) {
            LOG.info("{} spool files belong to no mail and are removed", orphans.size());
            spool.removeOrphans(orphans);
        } else {
            LOG.warn(
                    "{} spool files seem to belong to no mail, but messages cannot be read in {}: they are kept in the"
                            + " folder orphans of the spool for {} days",
                    orphans.size(),
                    notRead,
                    KEEP_ORPHANS.toDays());
            spool.setAside(orphans, clock.instant());
        }
    }

    private Walked walked(StoreScanner walk) throws Exception {
        return mover.whilePaused(() -> {
            Walked walked = new Walked(new HashSet<>(), new TreeMap<>());
            walk.walk(message -> note(message, walked));
            return walked;
        });
    }

    private static void note(Message message, Walked walked) {
        Optional<ItemId> named = MessageCopy.head(message, HEADER_OCTETS).flatMap(QueueItemFormat::id);
        named.ifPresent(walked.named::add);
        byProperty(message).ifPresent(walked.named::add);
        String queue = message.getDestination().getPhysicalName();
        if (named.isEmpty() && !WITHOUT_ITEMS.contains(queue) && !queue.startsWith(EVENTS)) {
            walked.unreadable.merge(queue, 1L, Long::sum);
        }
    }

    private static Optional<ItemId> byProperty(Message message) {
        try {
            return message.getProperty(ItemProperties.ITEM_ID) instanceof String text
                    ? Optional.of(ItemId.parse(text))
                    : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** What health says: that files are kept, and of which messages it is not known what they name. */
    public Optional<String> warning() {
        int kept = spool.orphans();
        List<String> queues = unreadable.keySet().stream()
                .filter(queue -> queue.startsWith(OURS))
                .sorted()
                .toList();
        if (kept == 0 && queues.isEmpty()) {
            return Optional.empty();
        }
        String reason = queues.isEmpty() ? "" : "; messages without a readable header in " + String.join(", ", queues);
        return Optional.of(kept + " files without an owner kept in the folder orphans of the spool" + reason);
    }
}
