package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * A content that is being written. It stays in memory while it is small and its lease has room, and moves to a
 * temporary file otherwise. One thread at a time; end it by {@link #finish} or {@link #abandon}.
 *
 * <p>Appending may write to the file, which may block in the kernel but does not force the disk; finishing a file
 * forces it.
 */
public final class SpoolWriter {
    private static final int LEAST_GROWTH = 8 * 1024;
    // Small pieces are collected, so that a message of short lines does not cost a system call for each line.
    private static final int GATHERED = 8 * 1024;
    // For each thread the JDK keeps a buffer outside the heap, as large as the largest piece that the thread ever
    // wrote.
    private static final int LARGEST_WRITE = 64 * 1024;

    private final Spool spool;
    private final int inlineLimit;
    private byte[] buffer = new byte[0];
    private int buffered;
    private final MemoryLease memory;
    private final boolean isHeld;
    private long reserved;
    private long size;
    private boolean ended;
    private Optional<TemporaryFile> file = Optional.empty();

    /**
     * @param memory the lease for the octets in memory.
     * @param isHeld whether the caller owns the lease and closes it when the finished content is no longer needed.
     */
    SpoolWriter(Spool spool, int inlineLimit, MemoryLease memory, boolean isHeld) {
        this.memory = memory;
        this.isHeld = isHeld;
        this.spool = spool;
        this.inlineLimit = inlineLimit;
    }

    private record TemporaryFile(Path path, FileChannel channel) {}

    /** The number of octets that were appended. */
    public long size() {
        return size;
    }

    /** Whether the octets already go to a file, so that finishing blocks on the disk. */
    public boolean isInFile() {
        return file.isPresent();
    }

    /**
     * Appends octets. The buffer's position moves to its limit, and the buffer is not kept.
     *
     * @throws IOException if the disk fails; the caller must abandon the content then.
     */
    public void append(ByteBuffer octets) throws IOException {
        requireOpen();
        int count = octets.remaining();
        if (file.isEmpty() && !mayHold(count)) {
            spill();
        }
        size += count;
        if (file.isPresent()) {
            appendToFile(octets, file.get().channel());
        } else {
            octets.get(buffer, buffered, count);
            buffered += count;
        }
    }

    /**
     * Appends octets if that needs no disk, for callers that must not block.
     *
     * @return false, and nothing appended, if the octets have to go to a file.
     */
    public boolean appendInMemory(ByteBuffer octets) {
        requireOpen();
        int count = octets.remaining();
        if (file.isPresent() || !mayHold(count)) {
            return false;
        }
        octets.get(buffer, buffered, count);
        buffered += count;
        size += count;
        return true;
    }

    /** Makes room in memory for more octets, if they may stay there. */
    private boolean mayHold(int more) {
        long needed = (long) buffered + more;
        if (needed > inlineLimit) {
            return false;
        }
        if (needed <= buffer.length) {
            return true;
        }
        // A message in one piece gets an array of its size, which then is the content, so it is copied only once.
        int capacity = buffered == 0
                ? more
                : (int) Math.min(inlineLimit, Math.max(LEAST_GROWTH, Math.max(needed, 2L * buffer.length)));
        if (!memory.tryTake(capacity - reserved)) {
            return false;
        }
        reserved = capacity;
        buffer = Arrays.copyOf(buffer, capacity);
        return true;
    }

    private void spill() throws IOException {
        Path path = spool.newTemporary();
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.WRITE);
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
        file = Optional.of(new TemporaryFile(path, channel));
        byte[] held = buffer;
        int count = buffered;
        buffer = new byte[GATHERED];
        buffered = 0;
        giveBack();
        write(ByteBuffer.wrap(held, 0, count), channel);
    }

    private void appendToFile(ByteBuffer octets, FileChannel channel) throws IOException {
        if (octets.remaining() > buffer.length - buffered) {
            flush(channel);
        }
        if (octets.remaining() >= buffer.length) {
            write(octets, channel);
        } else {
            int count = octets.remaining();
            octets.get(buffer, buffered, count);
            buffered += count;
        }
    }

    private void flush(FileChannel channel) throws IOException {
        write(ByteBuffer.wrap(buffer, 0, buffered), channel);
        buffered = 0;
    }

    private static void write(ByteBuffer octets, FileChannel channel) throws IOException {
        int limit = octets.limit();
        while (octets.position() < limit) {
            octets.limit(Math.min(limit, octets.position() + LARGEST_WRITE));
            channel.write(octets);
        }
    }

    /**
     * Ends the content. If it is in a file, blocks until it is durable.
     *
     * @return the content; one in a file is temporary until the spool adopts or releases it.
     * @throws IOException if the disk fails; the file is removed then.
     */
    public Content finish() throws IOException {
        requireOpen();
        if (file.isEmpty()) {
            ended = true;
            giveBackAllBut(isHeld ? buffered : 0);
            byte[] octets = buffer.length == buffered ? buffer : Arrays.copyOf(buffer, buffered);
            buffer = new byte[0];
            return new Content.InMemory(octets);
        }
        TemporaryFile temporary = file.get();
        try {
            flush(temporary.channel());
            temporary.channel().force(true);
            temporary.channel().close();
            spool.syncFolder();
        } catch (IOException e) {
            abandon();
            throw e;
        }
        ended = true;
        buffer = new byte[0];
        return new Content.InFile(temporary.path(), size);
    }

    /** Ends and drops the content. Has no effect after {@link #finish}. Never throws. */
    public void abandon() {
        if (ended) {
            return;
        }
        ended = true;
        giveBack();
        buffer = new byte[0];
        if (file.isPresent()) {
            try {
                file.get().channel().close();
                Files.deleteIfExists(file.get().path());
            } catch (IOException e) {
                // No caller needs this file; the sweep removes it within a day.
                return;
            }
        }
    }

    private void giveBack() {
        giveBackAllBut(0);
    }

    private void giveBackAllBut(long kept) {
        memory.giveBack(reserved - kept);
        reserved = kept;
    }

    private void requireOpen() {
        if (ended) {
            throw new IllegalStateException("content was ended (expected: open)");
        }
    }
}
