package dev.caravan.metrics;

import java.time.Duration;
import java.util.Optional;

/**
 * How a queue stands.
 *
 * @param queue its name.
 * @param depth how many messages it holds, those in a consumer's hand included; not negative.
 * @param oldest how long its first message has been in it; empty if it holds none, or if that is not known.
 */
public record QueueStatistics(String queue, long depth, Optional<Duration> oldest) {
    public QueueStatistics {
        // Counters of a broker may be below zero for a moment; clocks of two machines differ.
        depth = Math.max(0, depth);
        oldest = oldest.map(age -> age.isNegative() ? Duration.ZERO : age);
    }
}
