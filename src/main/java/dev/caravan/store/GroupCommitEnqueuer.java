package dev.caravan.store;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.TransactedSend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stores the messages of many sessions with few threads: each thread takes the waiting requests, sends them in one JMS
 * transaction, and completes them after the commit. No thread of a session waits, and one disk flush serves many
 * messages. Thread-safe.
 *
 * <p>A request that has waited longer than the time limit fails as not stored, and its messages are never sent
 * afterwards, even if the broker blocks the thread for longer, as one with a full store does.
 */
public final class GroupCommitEnqueuer implements AutoCloseable {
    /** While one commits, requests gather for the next commit; more than one thread is useful only with many cores. */
    private static final int THREADS =
            Math.max(1, Math.min(3, Runtime.getRuntime().availableProcessors() / 2));

    private static final int MAX_MAILS = 64;
    private static final long MAX_OCTETS = 4L << 20;
    private static final long TICK_MILLIS = 200;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final BrokerConnections connections;
    private final long limitNanos;
    private final BlockingQueue<StoreRequest> waiting = new LinkedBlockingQueue<>();
    private final Queue<StoreRequest> byAge = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closing;
    private volatile boolean closed;

    /** @param limit after which a request that is not committed fails as not stored. */
    public GroupCommitEnqueuer(BrokerConnections connections, Duration limit) {
        this.connections = connections;
        this.limitNanos = limit.toNanos();
        for (int i = 1; i <= THREADS; i++) {
            start("enqueue-" + i, this::storeAll);
        }
        start("enqueue-timeouts", this::giveUpOld);
    }

    private void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /**
     * Stores all messages in one transaction.
     *
     * @return completes when they are durable, or with a {@link StoreException}; on one of the few threads of the
     *     enqueuer, so that dependents must not wait.
     */
    public CompletionStage<Void> store(List<? extends TransactedSend> messages) {
        StoreRequest request = new StoreRequest(messages, System.nanoTime());
        byAge.add(request);
        waiting.add(request);
        if (closing) {
            // The threads may not see it any more; it ends either way.
            request.giveUp("stopping");
        }
        return request.stored();
    }

    private void storeAll() {
        try (BatchSender sender = new BatchSender(connections)) {
            while (!closing || !waiting.isEmpty()) {
                List<StoreRequest> batch = nextBatch();
                if (!batch.isEmpty()) {
                    sender.store(batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<StoreRequest> nextBatch() throws InterruptedException {
        List<StoreRequest> batch = new ArrayList<>();
        long octets = 0;
        StoreRequest next = waiting.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
        while (next != null) {
            batch.add(next);
            octets += next.octets();
            next = batch.size() < MAX_MAILS && octets < MAX_OCTETS ? waiting.poll() : null;
        }
        return batch;
    }

    private void giveUpOld() {
        try {
            while (!closed) {
                StoreRequest oldest = byAge.peek();
                if (oldest != null && (oldest.isEnded() || oldest.ageNanos(System.nanoTime()) > limitNanos)) {
                    giveUpNext("the broker did not answer in time");
                } else {
                    TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether all storing threads run. */
    public boolean isAlive() {
        return closing || threads.stream().allMatch(Thread::isAlive);
    }

    /** Fails all requests that are not stored now; those that a broker may be committing are in doubt. */
    public void giveUpAll() {
        while (giveUpNext("stopping")) {}
    }

    /** Gives up the oldest request. At a shutdown two threads may do so at the same time. */
    private boolean giveUpNext(String why) {
        StoreRequest next = byAge.poll();
        if (next != null) {
            next.giveUp(why);
        }
        return next != null;
    }

    /**
     * Stores the waiting requests, then ends. Later requests fail as not stored, and so do those that cannot be stored
     * within the time limit because the broker does not answer.
     */
    @Override
    public void close() {
        closing = true;
        long end = System.nanoTime() + Math.min(limitNanos, CLOSE_LIMIT.toNanos());
        try {
            for (Thread thread : threads.subList(0, THREADS)) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        giveUpAll();
        closed = true;
    }
}
