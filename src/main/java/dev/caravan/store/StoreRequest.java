package dev.caravan.store;

import dev.caravan.broker.TransactedSend;
import dev.caravan.store.StoreException.Certainty;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * All JMS messages of one message, waiting to be stored in one transaction. Completes once: stored, not stored, or in
 * doubt.
 */
final class StoreRequest {
    private enum State {
        WAITING,
        GIVEN_UP,
        COMMITTING
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CompletableFuture<Void> stored = new CompletableFuture<>();
    private final List<TransactedSend> messages;
    private final long octets;
    private final long madeAtNanos;

    StoreRequest(List<? extends TransactedSend> messages, long nowNanos) {
        this.messages = List.copyOf(messages);
        this.octets = messages.stream().mapToLong(TransactedSend::size).sum();
        this.madeAtNanos = nowNanos;
    }

    List<TransactedSend> messages() {
        return messages;
    }

    long octets() {
        return octets;
    }

    long ageNanos(long nowNanos) {
        return nowNanos - madeAtNanos;
    }

    CompletableFuture<Void> stored() {
        return stored;
    }

    boolean isEnded() {
        return stored.isDone();
    }

    /** Claims the request for a commit; false if it was given up meanwhile and must not be stored. */
    boolean mayCommit() {
        return state.compareAndSet(State.WAITING, State.COMMITTING) || state.get() == State.COMMITTING;
    }

    boolean isGivenUp() {
        return state.get() == State.GIVEN_UP;
    }

    void succeed() {
        stored.complete(null);
    }

    /** Fails as not stored, unless its commit is under way. */
    void giveUp(String reason) {
        if (isEnded()) {
            return;
        }
        boolean certain = state.compareAndSet(State.WAITING, State.GIVEN_UP);
        stored.completeExceptionally(new StoreException(certain ? Certainty.NOT_STORED : Certainty.IN_DOUBT, reason));
    }

    void fail(Certainty certainty, String reason) {
        stored.completeExceptionally(new StoreException(certainty, reason));
    }
}
