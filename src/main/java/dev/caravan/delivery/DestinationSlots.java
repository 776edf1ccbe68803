package dev.caravan.delivery;

import dev.caravan.delivery.FairShare.Grant;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Slots for concurrent deliveries to destinations, granted by {@link FairShare}. At a fast destination a request waits up
 * to half a second for another delivery to end; elsewhere it is refused at once. Thread-safe; never blocks.
 */
final class DestinationSlots {
    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

    private final FairShare shares;
    private final Map<String, Deque<CompletableFuture<Optional<Slot>>>> waiting = new HashMap<>();

    DestinationSlots(ConcurrencyLimits limits) {
        this.shares = new FairShare(limits);
    }

    /** Permission for one delivery to one destination. It must be released; releasing it again has no effect. */
    final class Slot {
        private final String destination;
        private final long begun = System.nanoTime();
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Slot(String destination) {
            this.destination = destination;
        }

        void release() {
            if (isOver.compareAndSet(false, true)) {
                over(destination, Duration.ofNanos(System.nanoTime() - begun));
            }
        }
    }

    /** Requests a slot; completes within half a second, empty if the destination has its share already. */
    CompletionStage<Optional<Slot>> acquire(String destination) {
        CompletableFuture<Optional<Slot>> later;
        synchronized (this) {
            int others = waiting.getOrDefault(destination, new ArrayDeque<>()).size();
            Grant answer = shares.request(destination, others);
            if (answer != Grant.SOON) {
                return CompletableFuture.completedFuture(
                        answer == Grant.NOW ? Optional.of(new Slot(destination)) : Optional.empty());
            }
            later = new CompletableFuture<>();
            waiting.computeIfAbsent(destination, unused -> new ArrayDeque<>()).add(later);
        }
        CompletableFuture.delayedExecutor(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> giveUp(destination, later));
        return later;
    }

    /** The number of deliveries to a destination in progress. */
    synchronized int active(String destination) {
        return shares.active(destination);
    }

    private void giveUp(String destination, CompletableFuture<Optional<Slot>> waiter) {
        synchronized (this) {
            Deque<CompletableFuture<Optional<Slot>>> queue = waiting.get(destination);
            if (queue == null || !queue.removeIf(other -> other == waiter)) {
                return;
            }
            shares.waitTimedOut(destination);
            forgetIfEmpty(destination, queue);
        }
        waiter.complete(Optional.empty());
    }

    private void over(String destination, Duration took) {
        List<Runnable> news = new ArrayList<>();
        synchronized (this) {
            shares.done(destination, took);
            // The free slot may go to another destination, after requests for the same one.
            serve(destination, news);
            List.copyOf(waiting.keySet()).forEach(other -> serve(other, news));
        }
        news.forEach(Runnable::run);
    }

    private void serve(String destination, List<Runnable> news) {
        Deque<CompletableFuture<Optional<Slot>>> queue = waiting.get(destination);
        if (queue == null) {
            return;
        }
        while (!queue.isEmpty() && shares.request(destination, 0) == Grant.NOW) {
            CompletableFuture<Optional<Slot>> first = queue.remove();
            Slot slot = new Slot(destination);
            news.add(() -> first.complete(Optional.of(slot)));
        }
        forgetIfEmpty(destination, queue);
    }

    private void forgetIfEmpty(String destination, Deque<CompletableFuture<Optional<Slot>>> queue) {
        if (queue.isEmpty()) {
            waiting.remove(destination);
        }
    }
}
