package dev.caravan.queue;

import java.time.Duration;
import java.util.Optional;

/**
 * Decides when messages that stay in a queue are copied, so that the broker can delete its old journal files. The broker
 * deletes a file only when it and all files before it hold no message, so one message that stays keeps all later files.
 *
 * @param growth octets by which the store may grow before the next pass, where its size is known; default 512 MiB.
 * @param usual time between two passes where the size of the store is not known; default 15 minutes.
 * @param longest time between two passes where the store hardly grows; default 6 hours.
 * @param shareOfTime how many times as long as a pass took the pause after it is at least; default 100.
 */
public record CompactionRule(long growth, Duration usual, Duration longest, int shareOfTime) {
    /** The default values. */
    public static final CompactionRule DEFAULT =
            new CompactionRule(512L << 20, Duration.ofMinutes(15), Duration.ofHours(6), 100);

    /** @throws IllegalArgumentException if a value is not positive or {@code usual > longest}. */
    public CompactionRule {
        if (growth <= 0 || shareOfTime <= 0 || usual.isZero() || usual.isNegative() || usual.compareTo(longest) > 0) {
            throw new IllegalArgumentException("growth " + growth + ", share " + shareOfTime + ", usual " + usual
                    + ", longest " + longest + " (expected: all positive, usual <= longest)");
        }
    }

    /**
     * Whether a pass is due.
     *
     * @param since time since the last pass ended, or since the start; negative if the clock was set back.
     * @param took the duration of the last pass.
     * @param grown octets by which the store has grown since; empty where its size is not known.
     */
    public boolean isDue(Duration since, Duration took, Optional<Long> grown) {
        if (since.isNegative()) {
            return true;
        }
        if (since.compareTo(took.multipliedBy(shareOfTime)) < 0) {
            return false;
        }
        if (since.compareTo(longest) >= 0) {
            return true;
        }
        return grown.isPresent() ? grown.get() >= growth : since.compareTo(usual) >= 0;
    }
}
