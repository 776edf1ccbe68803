package dev.caravan.settle;

import dev.caravan.broker.ItemSource;

/**
 * Is told which transports this server serves. While routes are reloaded, the old and the new source of a transport may
 * be open at the same time. Must be thread-safe.
 */
public interface SourceListener {
    /**
     * A source takes messages from now on.
     *
     * @param transport NAME of {@code deliver:NAME}.
     */
    void opened(String transport, ItemSource source);

    /** A source takes no more messages; those in hand end. */
    void closing(String transport, ItemSource source);
}
