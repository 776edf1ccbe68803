package dev.caravan.outcome;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;

/**
 * When mail is too old to be tried again (RFC 5321 §4.5.4.1). Nothing is given up for its age before the clock can be
 * trusted: a server that boots with a wrong clock would return its whole queue.
 *
 * @param schedule the sum of its delays is the limit.
 * @param clock the time, and for how long the clock has been steady.
 */
public record AgeLimit(RetrySchedule schedule, ClockWatch.Reading clock) {
    /** The number of retry delays for which the clock must have been steady before it is trusted for older mail. */
    public static final int STEADY_DELAYS = 4;

    /**
     * Whether mail is too old.
     *
     * @param arrivedAt when it was accepted. If that is in the future, the clock was ahead then, or is behind now; the
     *     number of attempts decides instead.
     * @param attempts the number of attempts made.
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

    /** The age of mail; negative if the arrival seems to be in the future. */
    Duration age(Instant arrivedAt) {
        return Duration.between(arrivedAt, clock.now());
    }
}
