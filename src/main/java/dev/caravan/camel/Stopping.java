package dev.caravan.camel;

/** How far a stop has come. Shared by the steps that must not count a stop as an attempt. */
public final class Stopping {
    private volatile boolean begun;
    private volatile boolean aborting;

    /** Whether no new work is to be begun. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether attempts in hand were cut off: what they report says nothing about the mail. */
    boolean isAborting() {
        return aborting;
    }

    void begin() {
        begun = true;
    }

    void abort() {
        aborting = true;
    }

    /** Leaves the mail in its queue if its attempt was cut off by us. */
    void requireNotAborting() {
        if (aborting) {
            throw new IllegalStateException("stopping: the mail stays in its queue");
        }
    }
}
