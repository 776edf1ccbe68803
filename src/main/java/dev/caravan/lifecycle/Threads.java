package dev.caravan.lifecycle;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the threads of a server. All are daemon threads. */
public final class Threads {
    private static final long IDLE_SECONDS = 30;
    private static final String COMMON_POOL = "java.util.concurrent.ForkJoinPool.common.parallelism";
    private static final int WITHOUT_PINNING = 24;

    private Threads() {}

    /**
     * Gives Java's common pool two threads on machines of one or two processors. Without this, Java starts a thread for
     * each task that has no executor of its own, as for each answer to its HTTP client. Called before the pool is used; a
     * number that the operator has set stays.
     */
    public static void shareCommonPool() {
        if (Runtime.getRuntime().availableProcessors() <= 2 && System.getProperty(COMMON_POOL) == null) {
            System.setProperty(COMMON_POOL, "2");
        }
    }

    /** Starts a task on a thread of its own. */
    public static Thread start(String name, Runnable step) {
        Thread thread = new Thread(step, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Waits for the end of a thread; after the time limit it goes on alone. */
    public static void join(Thread thread, long millis) {
        try {
            thread.join(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One thread that runs tasks when they are due by monotonic time. */
    public static ScheduledExecutorService timer(String name) {
        return Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts tasks that wait for others, each on a virtual thread of its own. Only from Java 24 on: before, a virtual
     * thread that waits within {@code synchronized} holds its carrier, as drivers and clients of JMS do (JEP 491).
     *
     * @return empty if this Java is older.
     */
    public static Optional<Executor> virtual(String name) {
        if (Runtime.version().feature() < WITHOUT_PINNING) {
            return Optional.empty();
        }
        try {
            // The sources are for Java 17, which has none of these methods.
            Object named = Class.forName("java.lang.Thread$Builder")
                    .getMethod("name", String.class, long.class)
                    .invoke(Thread.class.getMethod("ofVirtual").invoke(null), name + "-", 1L);
            ThreadFactory factory = (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(named);
            return Optional.of(work -> factory.newThread(work).start());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Java " + Runtime.version() + " makes no virtual threads", e);
        }
    }

    /** A pool of threads that start when they are needed and end when they are idle. */
    public static ThreadPoolExecutor pool(String name, int most) {
        return pool(name, most, Integer.MAX_VALUE);
    }

    /** The same, which refuses tasks when more than a number of them wait. */
    public static ThreadPoolExecutor pool(String name, int most, int waiting) {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = work -> {
            Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(waiting), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
