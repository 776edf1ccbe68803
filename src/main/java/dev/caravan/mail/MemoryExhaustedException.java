package dev.caravan.mail;

import java.io.IOException;

/** A share of the memory is used up; the caller may try again later. */
public final class MemoryExhaustedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean never;

    MemoryExhaustedException(String share, long octets, boolean never) {
        super("no memory for " + octets + " more octets in the share \"" + share + "\"");
        this.never = never;
    }

    /** Whether one message alone asks for more than the whole share, so that another try would not help. */
    public boolean isForGood() {
        return never;
    }
}
