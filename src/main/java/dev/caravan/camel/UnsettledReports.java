package dev.caravan.camel;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItem;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports of attempts that delivered and could not be settled, as when the disk is full: the item is in its queue again,
 * and whoever has the mail must not get it again. When the item comes back, its report is settled and nothing is tried.
 * In memory, and bounded: what is forgotten, by a stop or because it was too much, is delivered once more, as after a
 * crash.
 */
final class UnsettledReports {
    private static final Logger LOG = LoggerFactory.getLogger(UnsettledReports.class);
    /** A reply is at most 1 KiB, so this is at most some ten megabytes. */
    private static final int MOST_RESULTS = 20_000;

    /** An item before one of its attempts: after the attempt was settled, its count is another. */
    private record Attempt(ItemId id, int before) {
        static Attempt of(QueueItem item) {
            return new Attempt(item.id(), item.progress().attempts());
        }
    }

    private final Map<Attempt, DeliveryReport> reports = new LinkedHashMap<>();
    private int results;

    /** Whether a report says that anybody has the mail. */
    static boolean isDelivered(DeliveryReport report) {
        return report.results().stream().anyMatch(RecipientResult.Delivered.class::isInstance);
    }

    /** Keeps a report, if anybody has the mail by it. */
    synchronized void remember(QueueItem item, DeliveryReport report) {
        if (!isDelivered(report)) {
            return;
        }
        take(item);
        reports.put(Attempt.of(item), report);
        results += report.results().size();
        Iterator<Map.Entry<Attempt, DeliveryReport>> oldest = reports.entrySet().iterator();
        while (results > MOST_RESULTS && reports.size() > 1) {
            Map.Entry<Attempt, DeliveryReport> forgotten = oldest.next();
            oldest.remove();
            results -= forgotten.getValue().results().size();
            LOG.error("{} was delivered and cannot be settled; it may be delivered again", forgotten.getKey().id);
        }
    }

    /** The report of an attempt that was made with this item already; forgotten by this. */
    synchronized Optional<DeliveryReport> take(QueueItem item) {
        Optional<DeliveryReport> report = Optional.ofNullable(reports.remove(Attempt.of(item)));
        results -= report.map(r -> r.results().size()).orElse(0);
        return report;
    }
}
