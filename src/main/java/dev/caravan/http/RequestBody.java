package dev.caravan.http;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The body of an HTTP request, collected while it arrives, so that no thread waits for a slow client. A small body stays
 * in memory. A larger one goes to a file that has no name, which therefore vanishes with the process. Thread-safe; what is
 * appended after {@link #close} is dropped.
 */
public final class RequestBody implements AutoCloseable {
    /** Octets that stay in memory. */
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
     * An empty body.
     *
     * @param folder where its file is made.
     * @param isStranger whether the client is outside {@code http.networks}.
     */
    RequestBody(Path folder, BodySpace space, boolean isStranger) {
        this.folder = folder;
        this.space = space;
        this.isStranger = isStranger;
    }

    /** How many octets have arrived. */
    synchronized long size() {
        return size;
    }

    /**
     * Takes octets of the body's room.
     *
     * @return false if there is no room for them: the body is to be closed then.
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
     * Appends octets that {@link #reserve} has granted, if that needs no disk.
     *
     * @return false, and nothing appended, if they have to go to the file.
     */
    synchronized boolean appendInMemory(Buffer octets) {
        if (file.isPresent() || memory.length() + octets.length() > MAX_IN_MEMORY) {
            return false;
        }
        memory.appendBuffer(octets);
        return true;
    }

    /** Appends octets to the file; blocks on the disk. */
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
            // The channel keeps the octets until it is closed.
            Files.delete(path);
        }
    }

    private void write(Buffer octets) throws IOException {
        ByteBuffer view = ByteBuffer.wrap(octets.getBytes());
        while (view.hasRemaining()) {
            file.orElseThrow().write(view);
        }
    }

    /** The whole body, from its beginning; called once, after the last octet. */
    synchronized InputStream open() throws IOException {
        if (file.isEmpty()) {
            return new ByteArrayInputStream(memory.getBytes());
        }
        return Channels.newInputStream(file.get().position(0));
    }

    /** Forgets the body. May be called again. */
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
                // The file has no name and no reader any more.
                return;
            }
        }
    }
}
