package dev.caravan.mail;

import java.io.IOException;

/** A share of the memory is used up; whoever asked comes again later. */
public final class MemoryExhaustedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean never;

    MemoryExhaustedException(String share, long octets, boolean never) {
        super("no memory for " + octets + " octets more in the share \"" + share + "\"");
        this.never = never;
    }

    /** Whether one message alone asks for more than the whole share, so that to come again would not help. */
    public boolean isForGood() {
        return never;
    }
}
