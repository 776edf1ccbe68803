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
import jakarta.jms.Message;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes spool files without an owner, once a day and an hour after a start: those that no message names in two complete
 * scans of all queues. The name is read from a message's octets, since programs that move messages lose their properties.
 * While some message cannot be read, such files are set aside for 30 days, and the health report warns of them. Works only
 * with the embedded broker, since a scan from outside is never complete. Thread-safe.
 */
public final class SpoolSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolSweeper.class);
    private static final Duration INTERVAL = Duration.ofDays(1);

    /** How long a file is kept that may belong to an unreadable message. */
    private static final Duration KEEP_ORPHANS = Duration.ofDays(30);
    /** The line that names an item is near the beginning of its message. */
    private static final int HEADER_OCTETS = 64 * 1024;

    /** Queues whose messages are not queue items and name no file. */
    private static final Set<String> WITHOUT_ITEMS =
            Set.of(QueueNames.SUBMIT, QueueNames.SUBMIT_INVALID, QueueNames.SUBMITTED);

    private record FirstScan(Instant began, List<SpoolFile> listed, Scanned scanned) {}

    /**
     * The result of a scan.
     *
     * @param named the items found.
     * @param unreadable the number of messages without a readable item header, by queue.
     */
    private record Scanned(Set<ItemId> named, Map<String, Long> unreadable) {}

    private final Optional<StoreScanner> scanner;
    private final RetryScheduler scheduler;
    private final Spool spool;
    private final ClockWatch watch;
    private final Clock clock;
    private Instant due;
    private Optional<FirstScan> first = Optional.empty();
    private volatile Map<String, Long> unreadable = Map.of();

    /** @param scheduler pauses during a scan, since it moves items from queues scanned late to queues scanned early. */
    public SpoolSweeper(Optional<StoreScanner> scanner, RetryScheduler scheduler, Spool spool, ClockWatch watch) {
        this.scanner = scanner;
        this.scheduler = scheduler;
        this.spool = spool;
        this.watch = watch;
        this.clock = watch.clock();
        this.due = clock.instant().plus(SpoolOrphans.GRACE);
    }

    /** Scans if it is time: the second scan is made by the call after the first. */
    public synchronized void sweepWhenDue() {
        ClockWatch.Reading reading = watch.look();
        Instant latest = reading.now().plus(INTERVAL);
        due = due.isAfter(latest) ? latest : due;
        if (!reading.isLongSteady()) {
            // After a change of the clock a file that is being written may look old.
            first = Optional.empty();
            return;
        }
        if (scanner.isEmpty() || reading.now().isBefore(due)) {
            return;
        }
        try {
            if (!scanner.get().hasNoScheduledMessages()) {
                LOG.info(
                        "the spool is swept later: messages that a consumer rejected wait in the broker's scheduler, outside the queues");
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
                first = Optional.of(new FirstScan(began, listed, scan(scanner.get())));
                return;
            }
            Scanned second = scan(scanner.get());
            if (scanner.get().hasNoScheduledMessages()) {
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

    private void remove(FirstScan before, Scanned second) throws IOException {
        Map<String, Long> notRead = new TreeMap<>(before.scanned.unreadable);
        second.unreadable.forEach((queue, count) -> notRead.merge(queue, count, Math::max));
        unreadable = Map.copyOf(notRead);
        List<String> orphans = SpoolOrphans.orphans(
                before.listed, new SpoolOrphans.Scans(before.began, before.scanned.named, second.named));
        if (orphans.isEmpty()) {
            return;
        }
        if (notRead.isEmpty()) {
            LOG.info("removing {} spool files that belong to no message", orphans.size());
            spool.removeOrphans(orphans);
        } else {
            LOG.warn(
                    "{} spool files seem to belong to no message, but some messages in {} cannot be read: the files are kept in"
                            + " the folder orphans of the spool for {} days",
                    orphans.size(),
                    notRead,
                    KEEP_ORPHANS.toDays());
            spool.setAside(orphans, clock.instant());
        }
    }

    private Scanned scan(StoreScanner scanner) throws Exception {
        return scheduler.whilePaused(() -> {
            Scanned scanned = new Scanned(new HashSet<>(), new TreeMap<>());
            scanner.scan((queue, message) -> note(queue, message, scanned));
            return scanned;
        });
    }

    private static void note(String queue, Message message, Scanned scanned) {
        Optional<ItemId> named = MessageCopy.head(message, HEADER_OCTETS).flatMap(QueueItemFormat::id);
        named.ifPresent(scanned.named::add);
        byProperty(message).ifPresent(scanned.named::add);
        if (named.isEmpty() && !WITHOUT_ITEMS.contains(queue) && !queue.startsWith(QueueNames.EVENTS)) {
            scanned.unreadable.merge(queue, 1L, Long::sum);
        }
    }

    private static Optional<ItemId> byProperty(Message message) {
        try {
            Optional<String> text = ItemProperties.text(message, ItemProperties.ITEM_ID);
            return text.isPresent() ? Optional.of(ItemId.parse(text.get())) : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The warning for the health report: files that are kept, and queues with unreadable messages. */
    public Optional<String> warning() {
        int kept = spool.orphans();
        List<String> queues = unreadable.keySet().stream()
                .filter(queue -> queue.startsWith(QueueNames.PREFIX))
                .sorted()
                .toList();
        if (kept == 0 && queues.isEmpty()) {
            return Optional.empty();
        }
        String reason = queues.isEmpty() ? "" : "; messages without a readable header in " + String.join(", ", queues);
        return Optional.of(kept + " files without an owner kept in the folder orphans of the spool" + reason);
    }
}
