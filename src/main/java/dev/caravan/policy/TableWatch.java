package dev.caravan.policy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the files of tables each second, on its own thread, so that a change takes effect even without look-ups.
 * Before a name is refused because no table has it, {@link #lookNow} checks once more, because the operator may have
 * added the name a moment ago. Thread-safe.
 */
public final class TableWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);
    private static final long PERIOD_MILLIS = WatchedFile.PAUSE.toMillis();

    private final List<Runnable> looks = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, work -> {
        Thread started = new Thread(work, "tables");
        started.setDaemon(true);
        return started;
    });

    /** The callers that wait for the next look, which has not begun. */
    private static final class Asked {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private boolean isScheduled;
    }

    private Asked next = new Asked();

    private final Executor answering;

    /**
     * A watch without files.
     *
     * @param answering runs the dependents of a look, which may take longer than this thread can wait.
     */
    public TableWatch(Executor answering) {
        this.answering = answering;
        thread.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void add(WatchedFile<?> file) {
        looks.add(file::look);
    }

    /**
     * Adds other files that are checked each second.
     *
     * @param look checks them; blocks on the disk.
     */
    public void add(Runnable look) {
        looks.add(look);
    }

    /**
     * Checks all files without blocking the caller; concurrent callers share one look.
     *
     * @param most how long to wait for the disk.
     * @return completes when a look has ended that began after this call; exceptionally if it takes too long or the watch
     *     is closed.
     */
    public CompletionStage<Void> lookNow(Duration most) {
        Asked asked;
        synchronized (this) {
            asked = next;
            if (!asked.isScheduled) {
                asked.isScheduled = true;
                try {
                    thread.execute(this::lookForAll);
                } catch (RejectedExecutionException e) {
                    asked.done.completeExceptionally(e);
                }
            }
        }
        return asked.done
                .copy()
                .orTimeout(most.toMillis(), TimeUnit.MILLISECONDS)
                .whenCompleteAsync((done, failure) -> {}, answering);
    }

    private void lookForAll() {
        Asked asked;
        synchronized (this) {
            asked = next;
            // Later callers get another look.
            next = new Asked();
        }
        look();
        asked.done.complete(null);
    }

    /** Checks all files; blocks on the disk. */
    public void look() {
        for (Runnable look : looks) {
            try {
                look.run();
            } catch (RuntimeException e) {
                // An error in one file must not stop the checks of the others.
                LOG.error("a table could not be checked", e);
            }
        }
    }

    /** Stops the thread of this watch. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
