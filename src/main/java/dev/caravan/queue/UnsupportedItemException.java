package dev.caravan.queue;

import java.util.Optional;

/**
 * A queue item that a newer server wrote and this one does not understand. It is to be left in its queue, unchanged: it
 * is neither malformed nor undeliverable.
 */
public final class UnsupportedItemException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Optional<ItemId> id;

    UnsupportedItemException(String reason, Optional<ItemId> id) {
        super(reason);
        this.id = id;
    }

    /** The item's id; empty if it has none in the form that all versions share. */
    public Optional<ItemId> id() {
        return id;
    }
}
