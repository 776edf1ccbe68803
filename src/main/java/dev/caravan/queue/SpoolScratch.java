package dev.caravan.queue;

import dev.caravan.mail.MemoryLease;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * Octets that are needed for a short time and belong to no message: in memory while they are few and a lease has room,
 * else in a temporary file that is not forced to the disk. One thread at a time. The sweep removes what a crash leaves.
 */
public final class SpoolScratch implements Closeable {
    private static final int MOST_IN_MEMORY = 64 * 1024;
    private static final int FIRST = 4 * 1024;
    private static final int BUFFERED = 16 * 1024;
    /**
     * For each thread the JDK keeps a buffer outside the heap, as large as the largest piece that the thread ever
     * wrote.
     */
    private static final int LARGEST_WRITE = 64 * 1024;

    private final Spool spool;
    private final MemoryLease memory;
    private byte[] buffer = new byte[0];
    private int buffered;
    private long size;
    private Optional<ScratchFile> file = Optional.empty();

    private record ScratchFile(Path path, FileChannel channel) {}

    SpoolScratch(Spool spool, MemoryLease memory) {
        this.spool = spool;
        this.memory = memory;
    }

    /** The number of octets that were appended. */
    public long size() {
        return size;
    }

    /**
     * Appends octets.
     *
     * @throws IOException if the disk fails.
     */
    public void append(byte[] octets, int from, int count) throws IOException {
        if (file.isEmpty() && !mayHold(buffered + count)) {
            spill();
        }
        if (file.isPresent() && buffered + count > buffer.length) {
            flush();
        }
        if (buffered + count > buffer.length) {
            write(ByteBuffer.wrap(octets, from, count));
        } else {
            System.arraycopy(octets, from, buffer, buffered, count);
            buffered += count;
        }
        size += count;
    }

    private boolean mayHold(int needed) {
        if (needed <= buffer.length) {
            return true;
        }
        int capacity = Math.max(FIRST, Math.max(needed, 2 * buffer.length));
        if (needed > MOST_IN_MEMORY || !memory.tryTake(capacity - buffer.length)) {
            return false;
        }
        buffer = Arrays.copyOf(buffer, capacity);
        return true;
    }

    private void spill() throws IOException {
        Path path = spool.newTemporary();
        try {
            file = Optional.of(
                    new ScratchFile(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)));
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
        flush();
        memory.giveBack(buffer.length);
        buffer = new byte[BUFFERED];
    }

    private void flush() throws IOException {
        write(ByteBuffer.wrap(buffer, 0, buffered));
        buffered = 0;
    }

    private void write(ByteBuffer octets) throws IOException {
        FileChannel channel = file.orElseThrow().channel();
        int limit = octets.limit();
        while (octets.position() < limit) {
            octets.limit(Math.min(limit, octets.position() + LARGEST_WRITE));
            channel.write(octets);
        }
    }

    /**
     * Reads octets that were appended. Afterwards no more may be appended.
     *
     * @throws IOException if the disk fails.
     */
    public InputStream open(long from, long count) throws IOException {
        if (from < 0 || count < 0 || from + count > size) {
            throw new IllegalArgumentException("octets from " + from + ", " + count + " of " + size);
        }
        if (file.isEmpty()) {
            return new ByteArrayInputStream(buffer, (int) from, (int) count);
        }
        flush();
        return new Reading(file.get().channel(), from, from + count);
    }

    /** Reads a range of a file without using the file's position. */
    private static final class Reading extends InputStream {
        private final FileChannel channel;
        private final long end;
        private long position;

        Reading(FileChannel channel, long from, long end) {
            this.channel = channel;
            this.position = from;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] octets, int from, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            int most = (int) Math.min(Math.min(count, LARGEST_WRITE), end - position);
            if (most <= 0) {
                return -1;
            }
            int got = channel.read(ByteBuffer.wrap(octets, from, most), position);
            if (got < 0) {
                throw new IOException("a temporary file of the spool was cut short");
            }
            position += got;
            return got;
        }
    }

    /** Drops all octets. Never throws: the sweep removes a file that cannot be removed now. */
    @Override
    public void close() {
        if (file.isEmpty()) {
            memory.giveBack(buffer.length);
        }
        buffer = new byte[0];
        buffered = 0;
        size = 0;
        ScratchFile old = file.orElse(null);
        file = Optional.empty();
        if (old != null) {
            try {
                old.channel().close();
                Files.deleteIfExists(old.path());
            } catch (IOException e) {
                // The sweep removes it within a day.
                return;
            }
        }
    }
}
