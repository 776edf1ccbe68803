package dev.caravan.queue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Compares the clock with monotonic time and so notices when the clock is set. Code that depends on ages asks how long
 * the clock has been steady before it gives up or removes anything: a server that boots with a clock a year ahead must
 * not return its whole queue. Time in which the machine was suspended is a jump too. Thread-safe.
 */
public final class ClockWatch {
    /** A clock that differs from monotonic time by more than this, since the last jump, has jumped. */
    public static final Duration TOLERANCE = Duration.ofMinutes(1);

    /** How long a clock must be steady before anything is removed for its age. */
    public static final Duration LONG = Duration.ofHours(1);

    private static final Duration LONGEST = Duration.ofDays(365_000);
    private static final int MAX_JUMPS = 16;

    private final Clock clock;
    private final ToLongFunction<Instant> nanos;
    private final List<Consumer<Duration>> listeners = new CopyOnWriteArrayList<>();
    private final Deque<Jump> jumps = new ArrayDeque<>();
    private Instant clockThen;
    private long nanosThen;

    /**
     * A reading of the clock.
     *
     * @param now the time that the clock shows.
     * @param steadyFor monotonic time since the start, or since the clock was last set.
     */
    public record Reading(Instant now, Duration steadyFor) {
        /** A clock that is known to be right. */
        public static Reading trusted(Instant now) {
            return new Reading(now, LONGEST);
        }

        /** A clock that is known to be wrong, or about which nothing is known. */
        public static Reading doubted(Instant now) {
            return new Reading(now, Duration.ZERO);
        }

        /** Whether the clock has been steady long enough to remove things for their age. */
        public boolean isLongSteady() {
            return steadyFor.compareTo(LONG) >= 0;
        }

        /** Whether the clock has been steady since a time, so that ages counted from that time are right. */
        public boolean isSteadySince(Instant at) {
            return Duration.between(at, now).compareTo(steadyFor) <= 0;
        }
    }

    /** The clock was set from {@code from} by {@code by}; it had been steady since {@code since}. */
    private record Jump(Instant since, Instant from, Duration by) {}

    /**
     * Watches from now on.
     *
     * @param nanos monotonic time in nanoseconds; the argument is the time that the clock shows.
     */
    public ClockWatch(Clock clock, ToLongFunction<Instant> nanos) {
        this.clock = clock;
        this.nanos = nanos;
        this.clockThen = clock.instant();
        this.nanosThen = nanos.applyAsLong(clockThen);
    }

    /** The clock of this machine. */
    public static ClockWatch ofSystem() {
        return new ClockWatch(Clock.systemUTC(), now -> System.nanoTime());
    }

    /** A clock that is never set: time passes as it says. */
    public static ClockWatch steady(Clock clock) {
        Instant start = clock.instant();
        return new ClockWatch(clock, now -> Duration.between(start, now).toNanos());
    }

    /** The clock that is watched. */
    public Clock clock() {
        return clock;
    }

    /**
     * Calls a listener with each jump from now on: how far forward, or negative how far back, the clock was set.
     *
     * @return ends that.
     */
    public Runnable onJump(Consumer<Duration> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Reads the clock now. */
    public Reading look() {
        Duration jump;
        Reading reading;
        synchronized (this) {
            Instant now = clock.instant();
            long nanosNow = nanos.applyAsLong(now);
            Duration passed = Duration.ofNanos(nanosNow - nanosThen);
            Instant expected = clockThen.plus(passed);
            jump = Duration.between(expected, now);
            if (jump.abs().compareTo(TOLERANCE) <= 0) {
                return new Reading(now, passed);
            }
            jumps.addFirst(new Jump(clockThen, expected, jump));
            if (jumps.size() > MAX_JUMPS) {
                jumps.removeLast();
            }
            clockThen = now;
            nanosThen = nanosNow;
            reading = new Reading(now, Duration.ZERO);
        }
        for (Consumer<Duration> listener : listeners) {
            listener.accept(jump);
        }
        return reading;
    }

    /**
     * Corrects a recorded time to what the clock would have shown if it had been as right as it is now. This changes
     * only times that this server recorded before the clock was set back and that are now in the future.
     */
    public synchronized Instant corrected(Instant written) {
        Instant latest = clock.instant().plus(TOLERANCE);
        Instant corrected = written;
        Iterator<Jump> before = jumps.descendingIterator();
        while (before.hasNext()) {
            Jump jump = before.next();
            boolean isFromThen = !corrected.isBefore(jump.since) && !corrected.isAfter(jump.from.plus(TOLERANCE));
            if (corrected.isAfter(latest) && isFromThen) {
                corrected = corrected.plus(jump.by);
            }
        }
        return corrected;
    }
}
