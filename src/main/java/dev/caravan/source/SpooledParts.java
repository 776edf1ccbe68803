package dev.caravan.source;

import dev.caravan.queue.SpoolScratch;
import dev.caravan.source.message.PartStore;
import java.io.IOException;
import java.io.InputStream;

/** Parts of a message in the spool. */
record SpooledParts(SpoolScratch scratch) implements PartStore {
    @Override
    public long size() {
        return scratch.size();
    }

    @Override
    public void append(byte[] octets, int from, int count) throws IOException {
        scratch.append(octets, from, count);
    }

    @Override
    public InputStream open(long from, long count) throws IOException {
        return scratch.open(from, count);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
