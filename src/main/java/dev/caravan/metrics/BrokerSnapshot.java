package dev.caravan.metrics;

import dev.caravan.queue.QueueNames;
import dev.caravan.queue.TimedQueues;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The state of the broker and its store at one moment. Values that are not known are absent.
 *
 * @param answers whether the broker answered.
 * @param isFull whether mail is refused because the disk or the store has too little room.
 * @param storePercent how much of its own limit the store uses, in percent.
 * @param queues each queue once, sorted by name; all queues of parked mail of a transport are one, without the lane,
 *     and so are all of {@link TimedQueues}.
 */
public record BrokerSnapshot(boolean answers, boolean isFull, OptionalInt storePercent, List<QueueStatistics> queues) {
    /** The number of queues that get metrics: each is two time series. */
    public static final int MAX_QUEUES = 200;

    /** The broker did not answer. */
    public static final BrokerSnapshot NONE = new BrokerSnapshot(false, false, OptionalInt.empty(), List.of());

    /** All lanes of parked mail of a transport are one queue here: there may be a thousand, named by strangers. */
    private static List<QueueStatistics> folded(List<QueueStatistics> all) {
        Map<String, QueueStatistics> byName = new LinkedHashMap<>();
        for (QueueStatistics one : all) {
            QueueStatistics shown = new QueueStatistics(shown(one.queue()), one.depth(), one.oldest());
            byName.merge(shown.queue(), shown, QueueStatistics::and);
        }
        return List.copyOf(byName.values());
    }

    private static String shown(String queue) {
        Optional<TimedQueues> wheel = TimedQueues.of(queue);
        if (wheel.isPresent()) {
            return wheel.get().prefix().substring(0, wheel.get().prefix().length() - 1);
        }
        int end = queue.indexOf('.', QueueNames.PARKED_PREFIX.length());
        return queue.startsWith(QueueNames.PARKED_PREFIX) && end > 0 ? queue.substring(0, end) : queue;
    }

    public BrokerSnapshot {
        queues = folded(queues);
    }
}
