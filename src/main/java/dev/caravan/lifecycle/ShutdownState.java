package dev.caravan.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How far a shutdown has come: running, stopping (what is in progress may finish), aborting (it is cut off). Shared by
 * the steps that must not count a shutdown as a delivery attempt. Thread-safe.
 */
public final class ShutdownState {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final CountDownLatch begun = new CountDownLatch(1);
    private volatile boolean aborting;

    /** The shutdown begins: nothing new is started. */
    public void begin() {
        begun.countDown();
    }

    /** Whether the shutdown has begun, so that a failure may be its effect. */
    public boolean hasBegun() {
        return begun.getCount() == 0;
    }

    /** What is still in progress is cut off from now on. */
    public void abort() {
        aborting = true;
    }

    /** Whether attempts are being cut off, so that their results say nothing about their messages. */
    public boolean isAborting() {
        return aborting;
    }

    /** Blocks for a second, or until a shutdown begins. */
    public void pause() {
        pause(PAUSE);
    }

    /** Blocks for that long, or until a shutdown begins; at once if the thread is interrupted. */
    public void pause(Duration time) {
        try {
            boolean unused = begun.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
