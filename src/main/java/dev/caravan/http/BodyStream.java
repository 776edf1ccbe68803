package dev.caravan.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.StreamCache;

/**
 * Reads a complete request body, wherever it is stored, with a position of its own; Camel may read it again. Can be read
 * until the request is answered.
 */
final class BodyStream extends InputStream implements StreamCache {
    private final RequestBody body;
    private long position;
    private long mark;

    BodyStream(RequestBody body) {
        this.body = body;
    }

    @Override
    public int read() throws IOException {
        byte[] octet = new byte[1];
        return read(octet, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(octet[0]);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        int count = body.read(position, buffer, offset, length);
        position += Math.max(0, count);
        return count;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, body.size() - position);
    }

    @Override
    public boolean markSupported() {
        return true;
    }

    @Override
    public void mark(int readLimit) {
        mark = position;
    }

    @Override
    public void reset() {
        position = mark;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        new BodyStream(body).transferTo(out);
    }

    @Override
    public StreamCache copy(Exchange exchange) {
        return new BodyStream(body);
    }

    @Override
    public boolean inMemory() {
        return body.isInMemory();
    }

    @Override
    public long length() {
        return body.size();
    }

    @Override
    public long position() {
        return position;
    }
}
