package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports of attempts that could not be committed, because the broker became unavailable before or during the commit,
 * or the disk was full. If this server consumes the item again, it settles the report instead of making a second
 * attempt, so that no recipient gets the message twice. Kept in memory only: other servers, and this one after a
 * restart, do not know them. Thread-safe.
 */
public final class UncommittedReports {
    private static final Logger LOG = LoggerFactory.getLogger(UncommittedReports.class);
    /** Results, one for each recipient of an attempt, and answers of hosts: with 1 KiB each, some twenty megabytes. */
    private static final int MOST_RESULTS = 20_000;

    /** An item that comes back later was moved by an operator, who may want the message to be sent again. */
    private static final Duration LONGEST = Duration.ofDays(1);

    /** One attempt of an item for those recipients. */
    private record Key(ItemId id, int attempts, List<Recipient> recipients) {
        static Key of(QueueItem item) {
            return new Key(
                    item.id(),
                    item.progress().attempts(),
                    item.mail().envelope().recipients());
        }
    }

    private final ClockWatch watch;
    private final Map<Key, DeliveryReport> reports = new LinkedHashMap<>();
    private int results;

    public UncommittedReports(ClockWatch watch) {
        this.watch = watch;
    }

    Clock clock() {
        return watch.clock();
    }

    /** Keeps a report if some recipient has the message; otherwise another attempt does no harm. */
    public synchronized void remember(QueueItem item, DeliveryReport report) {
        if (report.results().stream().anyMatch(RecipientResult.Delivered.class::isInstance)) {
            remove(Key.of(item));
            reports.put(Key.of(item), report);
            results += report.size();
            while (results > MOST_RESULTS && reports.size() > 1) {
                Key oldest = reports.keySet().iterator().next();
                remove(oldest);
                LOG.error("{} was delivered and cannot be settled; it may be delivered again", oldest.id);
            }
        }
    }

    /** The report of the same attempt, if there is one; it is removed. */
    synchronized Optional<DeliveryReport> take(QueueItem item) {
        ClockWatch.Reading reading = watch.look();
        Instant oldest = reading.now().minus(LONGEST);
        // The age of a report from before a clock change is unknown.
        return remove(Key.of(item))
                .filter(report -> report.at().isAfter(oldest) || !reading.isSteadySince(report.at()));
    }

    private Optional<DeliveryReport> remove(Key key) {
        Optional<DeliveryReport> removed = Optional.ofNullable(reports.remove(key));
        removed.ifPresent(report -> results -= report.size());
        return removed;
    }
}
