package dev.caravan.metrics;

import java.util.List;
import java.util.OptionalInt;

/**
 * What is seen of the broker and its store at one time. What is not known is left out, rather than wrong.
 *
 * @param answers whether it answers.
 * @param isFull whether mail is refused, as there is too little room.
 * @param storePercent how much of its own limit the store uses.
 * @param queues each queue once, by name.
 */
public record BrokerSnapshot(boolean answers, boolean isFull, OptionalInt storePercent, List<QueueStatistics> queues) {
    /** So many queues are told of: each is two time series. */
    public static final int MAX_QUEUES = 200;

    /** Nothing was heard. */
    public static final BrokerSnapshot NONE = new BrokerSnapshot(false, false, OptionalInt.empty(), List.of());

    public BrokerSnapshot {
        queues = List.copyOf(queues);
    }
}
