package dev.caravan.receive;

import dev.caravan.config.Settings;
import dev.caravan.filter.FilterLine;
import dev.caravan.filter.Filters;
import dev.caravan.lifecycle.Threads;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/**
 * The threads of steps that block while an SMTP client waits. Steps that wait for other systems run on virtual threads,
 * from Java 24 on, or on a pool of {@code smtp.policy-threads}; steps of this server that read or write files have a
 * small pool, so that they never wait for the former. Thread-safe.
 */
public final class BlockingThreads implements AutoCloseable {
    /** The default of {@code smtp.policy-threads} without virtual threads. */
    public static final int DEFAULT_THREADS = 256;

    private static final int DISK_THREADS = 16;

    /** Which work a thread may do. */
    enum Kind {
        /** Serves connections, or belongs to a part of the server that must go on. */
        ANY,
        /** Reads and writes files. */
        DISK,
        /** Waits for whatever it is. */
        APART
    }

    private static final ThreadLocal<Kind> KIND = ThreadLocal.withInitial(() -> Kind.ANY);

    private final Filters filters;
    private final int most;
    private final Optional<ExecutorService> pool;
    private final Executor apart;
    private final ExecutorService disk = Threads.pool("policy-disk", DISK_THREADS);

    private BlockingThreads(Filters filters, int most, Optional<ExecutorService> pool, Executor apart) {
        this.filters = filters;
        this.most = most;
        this.pool = pool;
        this.apart = apart;
    }

    /** The threads that settings and Java allow. */
    public static BlockingThreads of(Settings settings, Filters filters) {
        Optional<Integer> given = settings.get(SmtpSettings.POLICY_THREADS);
        return Threads.virtual("policy")
                .map(virtual ->
                        new BlockingThreads(filters, given.orElse(Integer.MAX_VALUE), Optional.empty(), virtual))
                .orElseGet(() -> platform(filters, given.orElse(DEFAULT_THREADS)));
    }

    /** A pool of ordinary threads. */
    static BlockingThreads platform(Filters filters, int most) {
        ExecutorService pool = Threads.pool("policy", most);
        return new BlockingThreads(filters, most, Optional.of(pool), pool);
    }

    /** The line of a step that waits for other systems. */
    FilterLine line(String step) {
        return filters.blocking(step, most);
    }

    /** Which work the calling thread may do. */
    static Kind here() {
        return KIND.get();
    }

    /**
     * Runs work that waits for other systems.
     *
     * @throws java.util.concurrent.RejectedExecutionException at the end of the server.
     */
    void runApart(Runnable work) {
        apart.execute(() -> as(Kind.APART, work));
    }

    /**
     * Runs work that reads or writes files.
     *
     * @throws java.util.concurrent.RejectedExecutionException at the end of the server.
     */
    void runOnDisk(Runnable work) {
        disk.execute(() -> as(Kind.DISK, work));
    }

    /** Runs what follows from the answer of a filter, and reads files for it. */
    public Executor disk() {
        return this::runOnDisk;
    }

    private static void as(Kind kind, Runnable work) {
        Kind before = KIND.get();
        KIND.set(kind);
        try {
            work.run();
        } finally {
            KIND.set(before);
        }
    }

    /** Starts nothing more; what runs goes on. */
    @Override
    public void close() {
        pool.ifPresent(ExecutorService::shutdown);
        disk.shutdown();
    }
}
