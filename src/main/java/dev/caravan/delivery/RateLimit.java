package dev.caravan.delivery;

import java.util.OptionalInt;

/**
 * A limit of messages a minute: they start evenly, up to a second's worth at once. Immutable.
 *
 * @param intervalNanos between two messages; 0 for no limit.
 * @param nextNanos when the next one would start if all were evenly spread.
 * @param hasNext whether {@code nextNanos} is set.
 */
record RateLimit(long intervalNanos, long nextNanos, boolean hasNext) {
    static final RateLimit NONE = new RateLimit(0, 0, false);

    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;

    /** The same with another number; what has started before counts. */
    RateLimit of(OptionalInt perMinute) {
        long interval = perMinute.isPresent() ? MINUTE / perMinute.getAsInt() : 0;
        if (interval == intervalNanos) {
            return this;
        }
        return interval == 0 ? NONE : new RateLimit(interval, nextNanos, hasNext);
    }

    /** When the next message may start; not later than now if it may. */
    long mayStartAt(long now) {
        return intervalNanos == 0 || !hasNext ? now : nextNanos - burst();
    }

    private long burst() {
        return Math.max(0, SECOND - intervalNanos);
    }

    RateLimit started(long now) {
        if (intervalNanos == 0) {
            return this;
        }
        long from = hasNext && nextNanos - now > 0 ? nextNanos : now;
        return new RateLimit(intervalNanos, from + intervalNanos, true);
    }

    /** Whether it holds nothing back now. */
    boolean isIdle(long now) {
        return intervalNanos == 0 || !hasNext || nextNanos - now <= 0;
    }

    long perSecond() {
        return intervalNanos == 0 ? Long.MAX_VALUE : Math.max(1, SECOND / intervalNanos);
    }
}
