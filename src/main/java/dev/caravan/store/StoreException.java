package dev.caravan.store;

/** Mail could not be stored; the client is asked to try again later. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is known. */
    public enum Certainty {
        /** The mail is not in a queue and will not be. */
        NOT_STORED,
        /** A commit was under way: the mail may be in its queues. Nothing may be sent again, no file removed. */
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
