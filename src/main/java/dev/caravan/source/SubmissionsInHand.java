package dev.caravan.source;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The submissions of one source that were read and are not stored yet, limited by number and octets. Their results come
 * in any order, and are handled by the thread of the source, while it begins another submission or waits: so the source
 * needs no locks, and many submissions share a commit. Used by one thread at a time.
 *
 * @param <T> what the source submits, such as a file.
 * @param <R> a result, such as a {@link SubmissionResult}.
 */
public final class SubmissionsInHand<T, R> {
    private final Limits limits;
    private final Function<Throwable, R> failed;
    private final Ended<T, R> handler;
    private final BlockingQueue<End<T, R>> ends = new LinkedBlockingQueue<>();
    private int count;
    private long octets;

    /**
     * The limits of what is in hand; a submission with more octets is in hand alone.
     *
     * @param submissions greater than zero.
     */
    public record Limits(int submissions, long octets) {}

    /** Handles results. */
    public interface Ended<T, R> {
        void ended(T what, R result);
    }

    private record End<T, R>(T what, long octets, R result) {}

    /** @param failed makes a result of an exception. */
    public SubmissionsInHand(Limits limits, Function<Throwable, R> failed, Ended<T, R> handler) {
        this.limits = limits;
        this.failed = failed;
        this.handler = handler;
    }

    /**
     * Begins a submission, after waiting for room.
     *
     * @param size the octets of the submission.
     * @param submission is asked once; an exception counts as a failed submission.
     * @throws InterruptedException if the thread is interrupted while it waits; then the submission was not begun.
     */
    public void begin(T what, long size, Supplier<CompletionStage<R>> submission) throws InterruptedException {
        handleEnded();
        while (count >= limits.submissions() || (count > 0 && octets + size > limits.octets())) {
            handle(ends.take());
        }
        count++;
        octets += size;
        CompletionStage<R> later;
        try {
            later = submission.get();
        } catch (RuntimeException e) {
            ends.add(new End<>(what, size, failed.apply(e)));
            return;
        }
        later.whenComplete(
                (result, failure) -> ends.add(new End<>(what, size, failure == null ? result : failed.apply(failure))));
    }

    /** Handles the results that have come, without waiting. */
    public void handleEnded() {
        for (End<T, R> end = ends.poll(); end != null; end = ends.poll()) {
            handle(end);
        }
    }

    /** Waits until nothing is in hand. */
    public void finish() throws InterruptedException {
        while (count > 0) {
            handle(ends.take());
        }
    }

    private void handle(End<T, R> end) {
        count--;
        octets -= end.octets();
        handler.ended(end.what(), end.result());
    }
}
