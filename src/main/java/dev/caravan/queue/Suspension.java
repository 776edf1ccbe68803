package dev.caravan.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The time in which an item could not be attempted, because its next hop took nothing. It does not count towards giving
 * up. Immutable.
 *
 * @param past the time of earlier suspensions; whole seconds, at least 0.
 * @param since when the present one began; empty if there is none.
 */
public record Suspension(Duration past, Optional<Instant> since) {
    /** Never suspended. */
    public static final Suspension NONE = new Suspension(Duration.ZERO, Optional.empty());

    public Suspension {
        past = Duration.ofSeconds(Math.max(0, past.toSeconds()));
    }

    /** The whole time until now. */
    public Duration until(Instant now) {
        Duration present = since.map(begun -> Duration.between(begun, now)).orElse(Duration.ZERO);
        // The clock may have been set back.
        return present.isNegative() ? past : past.plus(present);
    }

    /** The same, and suspended now. */
    public Suspension begun(Instant now) {
        return since.isPresent() ? this : new Suspension(past, Optional.of(now));
    }

    /** The same, and no longer suspended. */
    public Suspension ended(Instant now) {
        return since.isEmpty() ? this : new Suspension(until(now), Optional.empty());
    }
}
