package dev.caravan.camel;

import dev.caravan.camel.StoreFailure.Certainty;
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
 * Stores the mails of many sessions with few threads: each takes what is waiting, sends it in one JMS transaction, and
 * completes the replies after the commit. No session's thread waits, and one disk flush serves many mails.
 *
 * <p>A mail that waited longer than the time limit is given back as not stored and is never sent afterwards, even when
 * the broker held the thread for longer (a full store does).
 */
public final class Enqueuer implements AutoCloseable {
    private static final int THREADS = 3;
    private static final int MAX_MAILS = 64;
    private static final long MAX_OCTETS = 4L << 20;
    private static final long TICK_MILLIS = 200;

    private final Connections connections;
    private final long limitNanos;
    private final BlockingQueue<StoreRequest> waiting = new LinkedBlockingQueue<>();
    private final Queue<StoreRequest> byAge = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closing;
    private volatile boolean closed;

    /** @param limit after which a mail that is not committed is given back. */
    public Enqueuer(Connections connections, Duration limit) {
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
     * @return completes when they are durable, or with a {@link StoreFailure}; on one of our few threads, so that what
     *     follows must not wait.
     */
    CompletionStage<Void> store(List<OutgoingMessage> messages) {
        StoreRequest request = new StoreRequest(messages, System.nanoTime());
        if (closing) {
            request.fail(Certainty.NOT_STORED, "stopping");
        } else {
            byAge.add(request);
            waiting.add(request);
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
                    byAge.poll();
                    oldest.giveUp("the broker did not answer in time");
                } else {
                    TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stores what is waiting, then ends; what comes later is given back. */
    @Override
    public void close() {
        closing = true;
        try {
            for (Thread thread : threads.subList(0, THREADS)) {
                thread.join(TimeUnit.NANOSECONDS.toMillis(limitNanos));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closed = true;
    }
}
