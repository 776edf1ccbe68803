package dev.caravan.session;

/**
 * What is to become of a mail that was taken, mildest first. HOLD is the strictest because it is the only one of the
 * two that loses nothing: a person decides.
 */
public enum Disposition {
    /** It goes its way. */
    DELIVER,
    /** It is taken and thrown away. */
    DISCARD,
    /** It is taken and kept until somebody releases it. */
    HOLD;

    /** The stricter of two. */
    public Disposition or(Disposition other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
