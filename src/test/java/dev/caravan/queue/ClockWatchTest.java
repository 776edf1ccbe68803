package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private static final Instant START = Instant.parse("2026-01-31T10:15:30Z");
    private static final Duration YEAR = Duration.ofDays(365);

    private final SetClock clock = new SetClock();
    private final ClockWatch watch = new ClockWatch(clock, now -> clock.nanos);
    private final List<Duration> jumps = new ArrayList<>();

    /** A clock that can be set while time passes apart from it. */
    private static final class SetClock extends Clock {
        private Instant shown = START;
        private long nanos = 42;

        void pass(Duration time) {
            shown = shown.plus(time);
            nanos += time.toNanos();
        }

        void set(Duration by) {
            shown = shown.plus(by);
        }

        @Override
        public Instant instant() {
            return shown;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    ClockWatchTest() {
        Runnable unused = watch.onJump(jumps::add);
    }

    @Test
    void isSteadySinceItsStart() {
        clock.pass(Duration.ofMinutes(59));
        assertEquals(Duration.ofMinutes(59), watch.look().steadyFor());
        assertFalse(watch.look().isLongSteady());
        clock.pass(Duration.ofMinutes(1));
        assertTrue(watch.look().isLongSteady());
        assertEquals(List.of(), jumps);
    }

    @Test
    void noticesThatTheClockIsSetForwardAndBack() {
        clock.pass(Duration.ofHours(2));
        clock.set(YEAR);
        assertEquals(Duration.ZERO, watch.look().steadyFor());
        clock.pass(Duration.ofMinutes(10));
        assertEquals(Duration.ofMinutes(10), watch.look().steadyFor());
        clock.set(YEAR.negated());
        assertEquals(Duration.ZERO, watch.look().steadyFor());
        assertEquals(List.of(YEAR, YEAR.negated()), jumps);
    }

    /** As when a laptop sleeps: the clock goes on and monotonic time does not. */
    @Test
    void takesALongSleepForAJump() {
        clock.pass(Duration.ofHours(2));
        clock.set(Duration.ofHours(8));
        assertFalse(watch.look().isLongSteady());
    }

    @Test
    void addsUpSmallSteps() {
        for (int i = 0; i < 3; i++) {
            clock.set(Duration.ofSeconds(20));
            watch.look();
        }
        assertEquals(List.of(), jumps);
        clock.set(Duration.ofSeconds(20));
        watch.look();
        assertEquals(List.of(Duration.ofSeconds(80)), jumps);
    }

    @Test
    void vouchesForWhatIsFromItsSteadyTime() {
        clock.pass(Duration.ofMinutes(5));
        assertTrue(watch.look().isSteadySince(START));
        assertFalse(watch.look().isSteadySince(START.minusMillis(1)));
    }

    @Test
    void correctsTimesThatWereWrittenBeforeTheClockWasSetBack() {
        clock.set(YEAR);
        watch.look();
        clock.pass(Duration.ofMinutes(3));
        Instant written = clock.instant();
        clock.pass(Duration.ofMinutes(7));
        clock.set(YEAR.negated());
        watch.look();
        assertEquals(START.plus(Duration.ofMinutes(3)), watch.corrected(written));
    }

    @Test
    void correctsTimesThatWereWrittenBeforeTwoSteps() {
        clock.pass(Duration.ofMinutes(30));
        Instant written = clock.instant();
        clock.set(Duration.ofHours(-1));
        watch.look();
        clock.set(Duration.ofHours(-2));
        watch.look();
        assertEquals(written.minus(Duration.ofHours(3)), watch.corrected(written));
    }

    @Test
    void leavesOtherTimesAsTheyAre() {
        Instant before = START.minus(Duration.ofDays(1));
        Instant never = START.plus(Duration.ofDays(1000));
        clock.pass(Duration.ofMinutes(30));
        clock.set(Duration.ofHours(-1));
        watch.look();
        assertEquals(before, watch.corrected(before));
        assertEquals(never, watch.corrected(never));
        assertEquals(clock.instant(), watch.corrected(clock.instant()));
    }

    @Test
    void knowsNoJumpOfAClockThatIsTimeItself() {
        ClockWatch steady = ClockWatch.steady(clock);
        clock.set(YEAR);
        assertEquals(YEAR, steady.look().steadyFor());
    }
}
