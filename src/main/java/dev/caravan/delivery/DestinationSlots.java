package dev.caravan.delivery;

import dev.caravan.delivery.FairShare.Answer;
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
 * Gives deliveries their turn, as {@link FairShare} says. At a destination that answers quickly a delivery waits for a
 * moment until another ends; elsewhere it is told at once that its turn has not come. For many threads; nobody blocks.
 */
final class DestinationSlots {
    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

    private final FairShare shares;
    private final Map<String, Deque<CompletableFuture<Optional<Slot>>>> waiting = new HashMap<>();

    DestinationSlots(ConcurrencyLimits limits) {
        this.shares = new FairShare(limits);
    }

    /** Leave to deliver to one destination. It must be given back, once or more. */
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

    /** Completes within a moment; empty if the destination has enough in hand. */
    CompletionStage<Optional<Slot>> acquire(String destination) {
        CompletableFuture<Optional<Slot>> later;
        synchronized (this) {
            int others = waiting.getOrDefault(destination, new ArrayDeque<>()).size();
            Answer answer = shares.ask(destination, others);
            if (answer != Answer.SOON) {
                return CompletableFuture.completedFuture(
                        answer == Answer.NOW ? Optional.of(new Slot(destination)) : Optional.empty());
            }
            later = new CompletableFuture<>();
            waiting.computeIfAbsent(destination, unused -> new ArrayDeque<>()).add(later);
        }
        CompletableFuture.delayedExecutor(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> giveUp(destination, later));
        return later;
    }

    /** How many deliveries to a destination are in hand. */
    synchronized int active(String destination) {
        return shares.active(destination);
    }

    private void giveUp(String destination, CompletableFuture<Optional<Slot>> waiter) {
        boolean wasWaiting;
        synchronized (this) {
            Deque<CompletableFuture<Optional<Slot>>> queue = waiting.get(destination);
            wasWaiting = queue != null && queue.remove(waiter);
            if (wasWaiting) {
                shares.waitedInVain(destination);
                forgetIfEmpty(destination, queue);
            }
        }
        if (wasWaiting) {
            waiter.complete(Optional.empty());
        }
    }

    private void over(String destination, Duration took) {
        List<Runnable> news = new ArrayList<>();
        synchronized (this) {
            shares.done(destination, took);
            // What became free may be for somebody else's destination; one who waits for his own is served first.
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
        while (!queue.isEmpty() && shares.ask(destination, 0) == Answer.NOW) {
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
