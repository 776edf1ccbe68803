package dev.caravan.store;

/** A message could not be stored; the client is asked to try again later. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is known about the message. */
    public enum Certainty {
        /** The message is not in a queue and will not be. */
        NOT_STORED,
        /**
         * A commit was under way: the message may be in its queues. It must not be sent again, and no file be removed.
         */
        IN_DOUBT
    }

    private final Certainty certainty;

    public StoreException(Certainty certainty, String reason) {
        super(reason);
        this.certainty = certainty;
    }

    public Certainty certainty() {
        return certainty;
    }
}
