package dev.caravan.metrics;

import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Depth and age of one queue. Negative values, which a broker may report for a moment, become 0.
 *
 * @param queue its name.
 * @param depth the number of messages, including those delivered to a consumer and not yet acknowledged.
 * @param oldest how long its first message has been in it; empty if the queue is empty or the time is not known.
 */
public record QueueStatistics(String queue, long depth, Optional<Duration> oldest) {
    public QueueStatistics {
        // Counters of a broker may be below zero for a moment; clocks of two machines differ.
        depth = Math.max(0, depth);
        oldest = oldest.map(age -> age.isNegative() ? Duration.ZERO : age);
    }

    /** Both together, by this name. */
    QueueStatistics and(QueueStatistics other) {
        Optional<Duration> older =
                Stream.of(oldest, other.oldest).flatMap(Optional::stream).max(Comparator.naturalOrder());
        return new QueueStatistics(queue, depth + other.depth, older);
    }
}
