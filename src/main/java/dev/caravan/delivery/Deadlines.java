package dev.caravan.delivery;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Until when a connection waits for what comes next, and for its mail as a whole. One tick serves both: a timer set and
 * cancelled for each reply would cost more than the reply. It belongs to one event loop.
 */
final class Deadlines {
    private static final Duration LONGEST_TICK = Duration.ofSeconds(1);

    private final EventExecutor loop;
    private final long tickNanos;
    private final Runnable whenLate;
    private long next;
    private long whole;
    private boolean isOver;

    /**
     * Deadlines that are checked from now on.
     *
     * @param shortest the shortest time that will be waited for.
     * @param whenLate called at most once for each deadline that was set.
     */
    Deadlines(EventExecutor loop, Duration shortest, Runnable whenLate) {
        this.loop = loop;
        this.tickNanos = Math.min(LONGEST_TICK.toNanos(), shortest.toNanos() / 2 + 1);
        this.whenLate = whenLate;
    }

    void start(Duration patience, Duration wholePatience) {
        await(patience);
        awaitWhole(wholePatience);
        tick();
    }

    void await(Duration patience) {
        next = System.nanoTime() + patience.toNanos();
    }

    /** Waits no longer than that from now on, and no longer than before. */
    void awaitAtMost(Duration patience) {
        long sooner = System.nanoTime() + patience.toNanos();
        if (sooner - next < 0) {
            next = sooner;
        }
    }

    void awaitWhole(Duration patience) {
        whole = System.nanoTime() + patience.toNanos();
    }

    /** No more ticks. */
    void stop() {
        isOver = true;
    }

    private void tick() {
        loop.schedule(this::check, tickNanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
        if (isOver) {
            return;
        }
        long now = System.nanoTime();
        if (now - next > 0 || now - whole > 0) {
            whenLate.run();
        }
        if (!isOver) {
            tick();
        }
    }
}
