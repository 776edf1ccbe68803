package dev.caravan.delivery;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The deadlines of a connection for the next reply and for the whole message. One tick serves both: a timer set and
 * cancelled for each reply would cost more than the reply. Confined to one event loop.
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
     * Starts to check deadlines.
     *
     * @param shortest the shortest time limit that will be set.
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

    /** Shortens the deadline to that time from now; never extends it. */
    void awaitAtMost(Duration patience) {
        long sooner = System.nanoTime() + patience.toNanos();
        if (sooner - next < 0) {
            next = sooner;
        }
    }

    void awaitWhole(Duration patience) {
        whole = System.nanoTime() + patience.toNanos();
    }

    /** Stops the ticks. */
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
