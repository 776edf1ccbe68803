package dev.caravan.session;

/**
 * What the server does with an accepted message, mildest first. HOLD is stricter than DISCARD because it loses nothing:
 * an operator decides.
 */
public enum Disposition {
    /** Deliver the message. */
    DELIVER,
    /** Accept the message and discard it. */
    DISCARD,
    /** Accept the message and keep it until an operator releases it. */
    HOLD;

    /** The stricter of two. */
    public Disposition or(Disposition other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
