package dev.caravan.recovery;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Adler32;

/**
 * Reads one file of a KahaDB journal and finds its whole batches and its damage. Does not change the file.
 *
 * <p>A file is a sequence of batches, each written by one write: a header of 28 octets (length 28, type 2, the words
 * {@code WRITE BATCH}, the size of the rest, its Adler-32), then records, each with its length (four octets), its type
 * (one octet; 1 is a record of the store, KahaDB skips any other) and its data. The five octets {@code -qMa4} after the
 * last batch mark the end; the rest of the file is preallocated space.
 *
 * <p>Memory use is constant, and the time is bounded for any content of the file: the searches for a next batch check
 * at most eight times as many octets as the file has.
 */
public final class JournalScan {
    /** The length of the header of a batch, in octets. */
    public static final int HEADER = 28;
    /** The length of the header of a record, in octets. */
    static final int RECORD_HEADER = 5;

    private static final byte[] BEGIN = begin();
    private static final byte[] END_MARK = "-qMa4".getBytes(StandardCharsets.US_ASCII);
    private static final int STORE_RECORD = 1;
    private static final int CHUNK = 64 * 1024;
    private static final int MOST_CHECKS = 8;

    /**
     * A stretch without a whole batch, with whole batches after it.
     *
     * @param from the first octet.
     * @param to the octet after the last.
     * @param records how many records of the store it held, as far as they are recognizable; at least 1.
     */
    record Gap(long from, long to, int records) {}

    /**
     * The content of a file.
     *
     * @param number the number in the name of the file.
     * @param length in octets.
     * @param end the octet after the last whole batch.
     * @param batches the number of whole batches.
     * @param marked whether the end mark follows the last whole batch.
     * @param used the octet after the last non-zero one, if the end is not marked; else {@code end}.
     * @param gaps in the order of the file.
     * @param records how many records are recognizable after {@code end}; 0 if the end is marked.
     */
    public record Found(
            Path file,
            int number,
            long length,
            long end,
            int batches,
            boolean marked,
            long used,
            List<Gap> gaps,
            int records) {
        public Found {
            gaps = List.copyOf(gaps);
        }

        /** Whether octets were written after the last whole batch. */
        boolean isTorn() {
            return !marked && used > end;
        }

        /** Whether the file holds anything other than preallocated space. */
        public boolean isUsed() {
            return batches > 0 || isTorn();
        }
    }

    private final FileChannel channel;
    private final long length;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    private long checksLeft;

    private JournalScan(FileChannel channel) throws IOException {
        this.channel = channel;
        this.length = channel.size();
        this.checksLeft = MOST_CHECKS * length;
    }

    private static byte[] begin() {
        ByteBuffer begin = ByteBuffer.allocate(16);
        begin.putInt(HEADER).put((byte) 2).put("WRITE BATCH".getBytes(StandardCharsets.US_ASCII));
        return begin.array();
    }

    /** The end mark. */
    static byte[] endMark() {
        return END_MARK.clone();
    }

    /**
     * A whole batch without a record of the store, which fills a stretch of a file.
     *
     * @param size of the whole batch in octets; at least 33.
     */
    public static byte[] filler(int size) {
        ByteBuffer filler = ByteBuffer.allocate(size);
        filler.put(BEGIN).putInt(size - HEADER);
        // KahaDB reads only records of type 1.
        filler.putInt(HEADER, size - HEADER > 0 ? size - HEADER : 0).put(HEADER + 4, (byte) 3);
        Adler32 sum = new Adler32();
        sum.update(filler.array(), HEADER, size - HEADER);
        filler.putLong(sum.getValue());
        return filler.array();
    }

    /**
     * Reads a file.
     *
     * @throws IOException if the disk fails.
     */
    static Found scan(Path file, int number) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new JournalScan(channel).scan(number, file);
        }
    }

    private Found scan(int number, Path file) throws IOException {
        List<Gap> gaps = new ArrayList<>();
        int batches = 0;
        long at = 0;
        while (true) {
            if (is(END_MARK, at)) {
                return new Found(file, number, length, at, batches, true, at, gaps, 0);
            }
            long next = whole(at, false);
            if (next > 0) {
                batches++;
            } else {
                next = nextBatch(at);
                if (next < 0) {
                    int records = Math.max(1, records(at, length));
                    return new Found(file, number, length, at, batches, false, used(at), gaps, records);
                }
                gaps.add(new Gap(at, next, Math.max(1, records(at, next))));
            }
            at = next;
        }
    }

    /** The end of the batch that begins at {@code at}; -1 if no whole batch begins there. */
    private long whole(long at, boolean bounded) throws IOException {
        if (at + HEADER > length || !is(BEGIN, at)) {
            return -1;
        }
        ByteBuffer header = read(at + BEGIN.length, HEADER - BEGIN.length);
        int size = header.getInt();
        long sum = header.getLong();
        if (size <= 0 || at + HEADER + size > length) {
            return -1;
        }
        if (bounded) {
            checksLeft -= size;
            if (checksLeft < 0) {
                return -1;
            }
        }
        // As in KahaDB: a batch without a checksum is valid.
        return sum <= 0 || sum == adler(at + HEADER, size) ? at + HEADER + size : -1;
    }

    private long adler(long from, long size) throws IOException {
        Adler32 sum = new Adler32();
        for (long at = from; at < from + size; at += CHUNK) {
            sum.update(read(at, (int) Math.min(CHUNK, from + size - at)));
        }
        return sum.getValue();
    }

    /** The start of the next whole batch; -1 if there is none. */
    private long nextBatch(long damaged) throws IOException {
        if (is(BEGIN, damaged)) {
            // The content of a damaged batch is not searched if a whole batch follows where its size says.
            int size =
                    damaged + HEADER <= length ? read(damaged + BEGIN.length, 4).getInt() : 0;
            long behind = damaged + HEADER + size;
            if (size > 0 && whole(behind, true) > 0) {
                return behind;
            }
            if (size > 0 && is(END_MARK, behind)) {
                return -1;
            }
        }
        for (long at = find(damaged + 1, length); at >= 0; at = find(at + 1, length)) {
            if (whole(at, true) > 0) {
                return at;
            }
        }
        return -1;
    }

    /** The start of the next batch header, whether its batch is whole or not; -1 if there is none. */
    private long find(long from, long to) throws IOException {
        for (long at = from; at + BEGIN.length <= to; at += CHUNK - BEGIN.length + 1) {
            int size = (int) Math.min(CHUNK, to - at);
            byte[] octets = read(at, size).array();
            for (int i = 0; i + BEGIN.length <= size; i++) {
                if (octets[i] == BEGIN[0] && octets[i + 3] == BEGIN[3] && matches(octets, i)) {
                    return at + i;
                }
            }
        }
        return -1;
    }

    private static boolean matches(byte[] octets, int from) {
        for (int i = 0; i < BEGIN.length; i++) {
            if (octets[from + i] != BEGIN[i]) {
                return false;
            }
        }
        return true;
    }

    /** The number of recognizable records in a damaged stretch. */
    private int records(long from, long to) throws IOException {
        int records = 0;
        for (long at = find(from, to); at >= 0; at = find(at, to)) {
            at += HEADER;
            boolean isRecord = true;
            while (isRecord && at + RECORD_HEADER <= to) {
                ByteBuffer head = read(at, RECORD_HEADER);
                int size = head.getInt();
                isRecord = size > RECORD_HEADER && head.get() == STORE_RECORD && size <= length;
                if (isRecord) {
                    records++;
                    at += size;
                }
            }
        }
        return records;
    }

    private long used(long from) throws IOException {
        long to = length;
        while (to > from) {
            int size = (int) Math.min(CHUNK, to - from);
            byte[] octets = read(to - size, size).array();
            for (int i = size - 1; i >= 0; i--) {
                if (octets[i] != 0) {
                    return to - size + i + 1;
                }
            }
            to -= size;
        }
        return from;
    }

    private boolean is(byte[] expected, long at) throws IOException {
        if (at + expected.length > length) {
            return false;
        }
        ByteBuffer octets = read(at, expected.length);
        return octets.equals(ByteBuffer.wrap(expected));
    }

    private ByteBuffer read(long at, int size) throws IOException {
        chunk.clear().limit(size);
        while (chunk.hasRemaining()) {
            if (channel.read(chunk, at + chunk.position()) < 0) {
                throw new EOFException("octet " + at + " (expected: a file of " + length + " octets)");
            }
        }
        return chunk.flip();
    }
}
