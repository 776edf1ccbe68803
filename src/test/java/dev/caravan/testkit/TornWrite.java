package dev.caravan.testkit;

import dev.caravan.recovery.JournalFolder;
import dev.caravan.recovery.JournalScan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.Adler32;

/** Leaves what a write to the store's journal leaves that was cut in half by a power cut, after the server was killed. */
public final class TornWrite {
    private static final int LARGEST = 20_000;

    private TornWrite() {}

    /**
     * Writes a part of a batch behind the last one. Nobody was answered for it.
     *
     * @param folder of the journal.
     * @return how many octets of it are there.
     */
    public static int leave(Path folder, Random random) throws IOException {
        JournalScan.Found last = JournalFolder.scan(folder).files().stream()
                .filter(JournalScan.Found::isUsed)
                .reduce((before, after) -> after)
                .orElseThrow();
        byte[] records = new byte[100 + random.nextInt(LARGEST)];
        random.nextBytes(records);
        ByteBuffer.wrap(records).putInt(records.length).put((byte) 1);
        Adler32 sum = new Adler32();
        sum.update(records);
        ByteBuffer batch = ByteBuffer.allocate(JournalScan.HEADER + records.length);
        batch.put(JournalScan.filler(JournalScan.HEADER + records.length), 0, 16);
        batch.putInt(records.length).putLong(sum.getValue()).put(records);
        int written = 1 + random.nextInt(batch.capacity() - 1);
        try (RandomAccessFile file = new RandomAccessFile(last.file().toFile(), "rw")) {
            file.seek(last.end());
            file.write(batch.array(), 0, written);
        }
        return written;
    }
}
