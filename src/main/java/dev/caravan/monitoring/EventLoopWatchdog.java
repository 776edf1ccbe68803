package dev.caravan.monitoring;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Detects stuck event loops. Each check submits a no-op task to every loop; a loop that has not run its task within 30
 * seconds is reported as stuck. Never blocks. Thread-safe.
 */
public final class EventLoopWatchdog {
    /** Longer than any pause of the JVM. */
    static final Duration LONGEST = Duration.ofSeconds(30);

    private final List<Beat> beats = new ArrayList<>();
    private final LongSupplier nanoTime;

    private static final class Beat {
        private final EventExecutor loop;
        private volatile boolean pending;
        private long askedAt;

        Beat(EventExecutor loop) {
            this.loop = loop;
        }
    }

    /** @param nanoTime such as {@link System#nanoTime()}. */
    public EventLoopWatchdog(List<? extends Iterable<EventExecutor>> groups, LongSupplier nanoTime) {
        groups.forEach(group -> group.forEach(loop -> beats.add(new Beat(loop))));
        this.nanoTime = nanoTime;
    }

    /** Whether no loop is stuck. */
    synchronized boolean allResponsive() {
        boolean all = true;
        long now = nanoTime.getAsLong();
        for (Beat beat : beats) {
            if (beat.pending) {
                all &= now - beat.askedAt <= LONGEST.toNanos();
            } else {
                ask(beat, now);
            }
        }
        return all;
    }

    private static void ask(Beat beat, long now) {
        beat.askedAt = now;
        beat.pending = true;
        try {
            beat.loop.execute(() -> beat.pending = false);
        } catch (RejectedExecutionException e) {
            // The loop is shutting down.
            beat.pending = false;
        }
    }
}
