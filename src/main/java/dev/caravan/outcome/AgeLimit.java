package dev.caravan.outcome;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;

/**
 * When mail is too old to be tried again (RFC 5321 §4.5.4.1). Nothing is given up for its age before the clock can be
 * trusted: a server that boots with a wrong clock would return its whole queue.
 *
 * @param schedule its sum of all delays is the limit.
 * @param clock what the clock shows, and for how long it has been steady.
 */
public record AgeLimit(RetrySchedule schedule, ClockWatch.Reading clock) {
    /** For so many delays the clock must have been steady before the age of mail from before is believed. */
    public static final int STEADY_DELAYS = 4;

    /**
     * Whether mail is too old.
     *
     * @param arrivedAt when it was accepted. If that is in the future, the clock was ahead then, or is behind now; the
     *     number of attempts decides instead.
     * @param attempts how many were made.
     */
    public boolean isReached(Instant arrivedAt, int attempts) {
        Duration age = age(arrivedAt);
        if (age.compareTo(ClockWatch.TOLERANCE.negated()) < 0) {
            return attempts > schedule.attempts();
        }
        return age.compareTo(schedule.giveUpAfter()) >= 0
                && (schedule.attempts() == 0 || isAgeKnown(arrivedAt, attempts));
    }

    /** Whether the age of mail is beyond doubt. */
    boolean isAgeKnown(Instant arrivedAt, int attempts) {
        Duration steady = schedule.delayAfter(attempts).multipliedBy(STEADY_DELAYS);
        return clock.isSteadySince(arrivedAt) || clock.steadyFor().compareTo(steady) >= 0;
    }

    /** How old mail is; negative if it seems to come from the future. */
    Duration age(Instant arrivedAt) {
        return Duration.between(arrivedAt, clock.now());
    }
}
