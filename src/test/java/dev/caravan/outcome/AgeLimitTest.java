package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AgeLimitTest {
    private static final Instant NOW = Instant.parse("2026-01-31T10:15:30Z");
    private static final Instant FIVE_DAYS_AGO = NOW.minus(Duration.ofDays(5));
    private static final Instant LAST_YEAR = NOW.minus(Duration.ofDays(365));

    private static AgeLimit steadyFor(Duration time) {
        return new AgeLimit(RetrySchedule.DEFAULT, new Reading(NOW, time));
    }

    @Test
    void isReachedAtTheSumOfAllDelays() {
        AgeLimit limit = new AgeLimit(RetrySchedule.DEFAULT, Reading.trusted(NOW));
        assertTrue(limit.isReached(FIVE_DAYS_AGO, 481));
        assertFalse(limit.isReached(FIVE_DAYS_AGO.plusMillis(1), 480));
    }

    @Test
    void believesTheClockAfterFourDelays() {
        assertFalse(steadyFor(Duration.ZERO).isReached(LAST_YEAR, 1));
        assertFalse(steadyFor(Duration.ofMinutes(60).minusMillis(1)).isReached(LAST_YEAR, 1));
        assertTrue(steadyFor(Duration.ofMinutes(60)).isReached(LAST_YEAR, 1));
    }

    /** A delay that grows is that of the attempt. */
    @Test
    void countsTheDelayThatWouldFollow() {
        RetrySchedule growing =
                new RetrySchedule(Duration.ofMinutes(1), Duration.ofMinutes(1), 2, Duration.ofHours(1), 20);
        Reading reading = new Reading(NOW, Duration.ofMinutes(30));
        assertTrue(new AgeLimit(growing, reading).isReached(LAST_YEAR, 3));
        assertFalse(new AgeLimit(growing, reading).isReached(LAST_YEAR, 10));
    }

    /** A policy of some seconds in all gives up in time whatever came since the start. */
    @Test
    void believesTheAgeOfWhatCameWhileTheClockWasSteady() {
        RetrySchedule quick =
                new RetrySchedule(Duration.ofSeconds(10), Duration.ofSeconds(10), 1, Duration.ofSeconds(10), 2);
        Reading reading = new Reading(NOW, Duration.ofSeconds(25));
        assertTrue(new AgeLimit(quick, reading).isReached(NOW.minusSeconds(20), 3));
        assertFalse(new AgeLimit(quick, reading).isReached(NOW.minusSeconds(26), 3));
    }

    @Test
    void givesUpAtOnceWhereNothingIsRepeated() {
        RetrySchedule never =
                new RetrySchedule(Duration.ofSeconds(10), Duration.ofSeconds(10), 1, Duration.ofSeconds(10), 0);
        assertTrue(new AgeLimit(never, Reading.doubted(NOW)).isReached(NOW.minusSeconds(5), 1));
    }

    /** It was accepted while the clock was ahead: it would be tried for a year and five days. */
    @Test
    void countsTheAttemptsOfMailFromTheFuture() {
        AgeLimit limit = new AgeLimit(RetrySchedule.DEFAULT, Reading.trusted(NOW));
        Instant nextYear = NOW.plus(Duration.ofDays(365));
        assertFalse(limit.isReached(nextYear, 480));
        assertTrue(limit.isReached(nextYear, 481));
    }
}
