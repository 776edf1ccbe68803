package dev.caravan.metrics;

import java.util.List;
import java.util.OptionalInt;

/**
 * The state of the broker and its store at one moment. Values that are not known are absent.
 *
 * @param answers whether the broker answered.
 * @param isFull whether mail is refused because the disk or the store has too little room.
 * @param storePercent how much of its own limit the store uses, in percent.
 * @param queues each queue once, sorted by name.
 */
public record BrokerSnapshot(boolean answers, boolean isFull, OptionalInt storePercent, List<QueueStatistics> queues) {
    /** The number of queues that get metrics: each is two time series. */
    public static final int MAX_QUEUES = 200;

    /** The broker did not answer. */
    public static final BrokerSnapshot NONE = new BrokerSnapshot(false, false, OptionalInt.empty(), List.of());

    public BrokerSnapshot {
        queues = List.copyOf(queues);
    }
}
