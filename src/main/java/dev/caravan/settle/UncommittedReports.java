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
 * What became of attempts that could not be recorded, because the broker went away before the commit or in the middle
 * of it, or the disk was full. If the item comes back to this node, its report is settled instead of a second attempt,
 * so that nobody gets the mail twice. Only a convenience: a node that was restarted, and other nodes, know nothing of it.
 */
public final class UncommittedReports {
    private static final Logger LOG = LoggerFactory.getLogger(UncommittedReports.class);
    /** Results, one for each recipient of an attempt, and answers of hosts: with 1 KiB each, some twenty megabytes. */
    private static final int MOST_RESULTS = 20_000;

    /** What comes back later was put there by somebody, who may want the mail to be sent again. */
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

    /** Keeps a report if somebody has the mail by it; otherwise another attempt does no harm. */
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

    /** The report of this very attempt, if it was made before; forgotten with this. */
    synchronized Optional<DeliveryReport> take(QueueItem item) {
        ClockWatch.Reading reading = watch.look();
        Instant oldest = reading.now().minus(LONGEST);
        // How old a report is from before the clock was set, nobody can say.
        return remove(Key.of(item))
                .filter(report -> report.at().isAfter(oldest) || !reading.isSteadySince(report.at()));
    }

    private Optional<DeliveryReport> remove(Key key) {
        Optional<DeliveryReport> removed = Optional.ofNullable(reports.remove(key));
        removed.ifPresent(report -> results -= report.size());
        return removed;
    }
}
