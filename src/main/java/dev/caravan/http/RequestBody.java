package dev.caravan.http;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The body of an HTTP request, collected as it arrives, so that no thread waits for a slow client. A small body stays
 * in memory. A larger one goes to an unlinked file, which the system frees when the process ends. Thread-safe; octets
 * appended after {@link #close} are dropped.
 */
public final class RequestBody implements AutoCloseable {
    /** The largest body that stays in memory, in octets. */
    public static final int MAX_IN_MEMORY = 64 * 1024;

    private final Path folder;
    private final BodySpace space;
    private final boolean isStranger;
    private Buffer memory = Buffer.buffer();
    private Optional<FileChannel> file = Optional.empty();
    private long reserved;
    private long size;
    private boolean isClosed;

    /**
     * Creates an empty body.
     *
     * @param folder where the file of a large body is created.
     * @param isStranger whether the client is outside {@code http.networks}.
     */
    RequestBody(Path folder, BodySpace space, boolean isStranger) {
        this.folder = folder;
        this.space = space;
        this.isStranger = isStranger;
    }

    /** The number of octets that have arrived. */
    synchronized long size() {
        return size;
    }

    /**
     * Reserves space for octets of the body.
     *
     * @return false if there is no room; the caller then closes the body.
     */
    synchronized boolean reserve(int octets) {
        if (isClosed || !space.take(octets, isStranger)) {
            return false;
        }
        reserved += octets;
        size += octets;
        return true;
    }

    /**
     * Appends reserved octets, unless they must go to the file.
     *
     * @return false, with nothing appended, if they must go to the file.
     */
    synchronized boolean appendInMemory(Buffer octets) {
        if (file.isPresent() || memory.length() + octets.length() > MAX_IN_MEMORY) {
            return false;
        }
        memory.appendBuffer(octets);
        return true;
    }

    /** Appends octets to the file; blocks on disk I/O. */
    synchronized void appendToFile(Buffer octets) throws IOException {
        if (isClosed) {
            return;
        }
        if (file.isEmpty()) {
            file = Optional.of(unnamed());
            write(memory);
            memory = Buffer.buffer();
        }
        write(octets);
    }

    private FileChannel unnamed() throws IOException {
        Path path = Files.createTempFile(folder, "http-", ".body");
        try {
            return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } finally {
            // The open channel keeps the unlinked file.
            Files.delete(path);
        }
    }

    private void write(Buffer octets) throws IOException {
        ByteBuffer view = ByteBuffer.wrap(octets.getBytes());
        while (view.hasRemaining()) {
            file.orElseThrow().write(view);
        }
    }

    /** Reads the complete body from its begin; not before the last octet has arrived. */
    BodyStream open() {
        return new BodyStream(this);
    }

    /**
     * Reads octets.
     *
     * @param position of the first of them in the body; 0 or greater.
     * @return their number; -1 at the end.
     * @throws IOException if the body is closed, or its file cannot be read.
     */
    synchronized int read(long position, byte[] buffer, int offset, int length) throws IOException {
        if (isClosed) {
            throw new IOException("the body of an HTTP request that was answered (expected: read before the answer)");
        }
        if (position >= size) {
            return -1;
        }
        if (file.isPresent()) {
            return file.get().read(ByteBuffer.wrap(buffer, offset, length), position);
        }
        int count = (int) Math.min(length, size - position);
        memory.getBytes((int) position, (int) position + count, buffer, offset);
        return count;
    }

    synchronized boolean isInMemory() {
        return file.isEmpty();
    }

    /** Discards the body. Idempotent. */
    @Override
    public synchronized void close() {
        isClosed = true;
        space.giveBack(reserved, isStranger);
        reserved = 0;
        memory = Buffer.buffer();
        if (file.isPresent()) {
            try {
                file.get().close();
            } catch (IOException e) {
                // The file is unlinked and has no reader any more.
                return;
            }
        }
    }
}
