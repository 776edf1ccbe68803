package dev.caravan.mail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The octets between DATA and the final dot, exactly as received, without dot stuffing (RFC 5321 §2.3.9). */
public sealed interface Content {
    /** How many octets. */
    long size();

    /** A new stream over all octets; the caller closes it. */
    InputStream open() throws IOException;

    /**
     * Content held in memory.
     *
     * @param octets shared, not copied; must not be changed.
     */
    record InMemory(byte[] octets) implements Content {
        @Override
        public long size() {
            return octets.length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(octets);
        }
    }

    /**
     * Content in a file of the spool, durable when this value exists.
     *
     * @param file the file.
     * @param size its octets.
     */
    record InFile(Path file, long size) implements Content {
        @Override
        public InputStream open() throws IOException {
            return Files.newInputStream(file);
        }
    }
}
