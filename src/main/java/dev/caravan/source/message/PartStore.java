package dev.caravan.source.message;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Keeps the parts of one message between reading and writing, one after the other. Used by one thread at a time. */
public interface PartStore extends Closeable {
    /** The number of appended octets, which is the offset of the next ones. */
    long size();

    /**
     * Appends octets.
     *
     * @throws IOException if there is no room.
     */
    void append(byte[] octets, int from, int count) throws IOException;

    /**
     * Reads appended octets; {@link #append} must not be called afterwards.
     *
     * @param from the offset of the first octet.
     * @param count the number of octets.
     */
    InputStream open(long from, long count) throws IOException;

    /** Discards all octets. */
    @Override
    void close() throws IOException;
}
