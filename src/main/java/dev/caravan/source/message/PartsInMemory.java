package dev.caravan.source.message;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;

/** Keeps the parts of a small message in memory. */
final class PartsInMemory implements PartStore {
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

    @Override
    public long size() {
        return octets.size();
    }

    @Override
    public void append(byte[] more, int from, int count) {
        octets.write(more, from, count);
    }

    @Override
    public InputStream open(long from, long count) {
        return new ByteArrayInputStream(Arrays.copyOfRange(octets.toByteArray(), (int) from, (int) (from + count)));
    }

    @Override
    public void close() {
        octets.reset();
    }
}
