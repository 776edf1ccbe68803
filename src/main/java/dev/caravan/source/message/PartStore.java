package dev.caravan.source.message;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Where the parts of one message are kept between being read and being written, one behind the other. Used by one thread
 * at a time.
 */
public interface PartStore extends Closeable {
    /** How many octets were appended: where the next ones will stand. */
    long size();

    /**
     * Appends octets.
     *
     * @throws IOException if there is no room.
     */
    void append(byte[] octets, int from, int count) throws IOException;

    /**
     * Reads octets that were appended; nothing is appended afterwards.
     *
     * @param from where the first one stands.
     * @param count how many.
     */
    InputStream open(long from, long count) throws IOException;

    /** Forgets all octets. */
    @Override
    void close() throws IOException;
}
