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
 * Looks at the files of tables each second, by a thread of its own, so that a change is in force although nobody asks
 * for a name. Before a name is refused because no table has it, {@link #lookNow} looks once more: the operator may have
 * added the name a moment ago. Thread-safe.
 */
public final class TableWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);
    private static final long PERIOD_MILLIS = WatchedFile.PAUSE.toMillis();

    private final List<WatchedFile<?>> files = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, work -> {
        Thread started = new Thread(work, "tables");
        started.setDaemon(true);
        return started;
    });

    /** Those who wait for the same look, which has not begun. */
    private static final class Asked {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private boolean isScheduled;
    }

    private Asked next = new Asked();

    private final Executor answering;

    /**
     * A watch that looks at nothing until it is given files.
     *
     * @param answering runs what waits for a look, which may take longer than this watch has time for.
     */
    public TableWatch(Executor answering) {
        this.answering = answering;
        thread.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void add(WatchedFile<?> file) {
        files.add(file);
    }

    /**
     * Looks at all files without making the caller wait; those who ask at the same time share one look.
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
            // Who asks from here on gets another look.
            next = new Asked();
        }
        look();
        asked.done.complete(null);
    }

    /** Looks at all files; the caller waits for the disk. */
    public void look() {
        for (WatchedFile<?> file : files) {
            try {
                file.look();
            } catch (RuntimeException e) {
                // One file must not end the looks at the others.
                LOG.error("a table could not be looked at", e);
            }
        }
    }

    /** No look is taken any more by the thread of this watch. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
