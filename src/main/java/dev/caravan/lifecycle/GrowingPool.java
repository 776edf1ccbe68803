package dev.caravan.lifecycle;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A pool of a few threads that grows only if its tasks block: while tasks wait and its threads begin fewer than one task
 * each in twenty milliseconds, their number is doubled, up to a limit. Work that computes is so done by few threads,
 * however much of it there is. Threads end after half a minute without work. Thread-safe.
 */
public final class GrowingPool implements Executor, AutoCloseable {
    private static final long LOOK_MILLIS = 20;

    private static final ScheduledThreadPoolExecutor WATCH = watch();

    private final ThreadPoolExecutor pool;
    private final int few;
    private final int most;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicBoolean isWatched = new AtomicBoolean();
    private long begunBefore;
    private @Nullable ScheduledFuture<?> look;

    /**
     * An empty pool.
     *
     * @param name of its threads, to which a number is added.
     * @param most the greatest number of threads; at least 1.
     */
    public GrowingPool(String name, int most) {
        this.most = most;
        this.few = Math.min(most, Runtime.getRuntime().availableProcessors() + 2);
        this.pool = Threads.pool(name, few);
    }

    private static ScheduledThreadPoolExecutor watch() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "pool-growth");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** @throws RejectedExecutionException if the pool is closed. */
    @Override
    public void execute(Runnable task) {
        pool.execute(() -> {
            begun.incrementAndGet();
            task.run();
        });
        if (few < most && !pool.getQueue().isEmpty() && isWatched.compareAndSet(false, true)) {
            begin();
        }
    }

    private synchronized void begin() {
        begunBefore = begun.get();
        look = WATCH.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        long now = begun.get();
        int threads = pool.getCorePoolSize();
        boolean areWaiting = !pool.getQueue().isEmpty();
        if (areWaiting && threads < most && now - begunBefore < threads) {
            resize(Math.min(most, threads * 2));
        }
        begunBefore = now;
        if (!areWaiting) {
            if (pool.getActiveCount() <= few) {
                resize(few);
            }
            if (look != null && pool.getCorePoolSize() == few) {
                look.cancel(false);
                isWatched.set(false);
                if (!pool.getQueue().isEmpty() && isWatched.compareAndSet(false, true)) {
                    begin();
                }
            }
        }
    }

    private void resize(int threads) {
        if (threads > pool.getMaximumPoolSize()) {
            pool.setMaximumPoolSize(threads);
            pool.setCorePoolSize(threads);
        } else {
            pool.setCorePoolSize(threads);
            pool.setMaximumPoolSize(threads);
        }
    }

    /** The present number of threads. */
    public int threads() {
        return pool.getPoolSize();
    }

    /**
     * Waits, after {@link #close}, until all tasks have been carried out.
     *
     * @return false if that takes longer.
     */
    public boolean hasEndedWithin(Duration limit) throws InterruptedException {
        return pool.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Accepts no more tasks; those that were accepted are carried out. */
    @Override
    public void close() {
        synchronized (this) {
            if (look != null) {
                look.cancel(false);
            }
        }
        pool.shutdown();
    }
}
