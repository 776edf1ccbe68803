package dev.caravan.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what must become true, as long as it takes but not for ever. */
public final class Await {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private Await() {}

    public static void until(String what, BooleanSupplier claim) {
        long end = System.nanoTime() + LONGEST.toNanos();
        while (!claim.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("did not come true: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** Waits until a latch is at zero. */
    public static void zero(String what, CountDownLatch latch) throws InterruptedException {
        if (!latch.await(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("did not come true: " + what);
        }
    }
}
