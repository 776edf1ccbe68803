package dev.caravan.codec;

import io.netty.buffer.ByteBuf;

/**
 * Makes content transparent (RFC 5321 §4.5.2): a dot at the start of a line is doubled, and a line that consists of a
 * dot ends it. Chunks may break anywhere. One object serves one content.
 *
 * <p>Stricter than the RFC: a dot after a bare CR or LF is doubled too. Such content does not arrive by SMTP, but if it
 * came another way, a lax server would take what follows such a dot for commands.
 */
public final class DotStuffing {
    private static final byte[] END = {'.', '\r', '\n'};

    private byte beforeLast;
    private byte last = '\n';
    private boolean isEmpty = true;

    /**
     * Appends a chunk of content.
     *
     * @param octets holds the chunk.
     * @param from its first octet.
     * @param length its octets; 0 or more.
     * @param out gets the stuffed octets.
     */
    public void append(byte[] octets, int from, int length, ByteBuf out) {
        int written = from;
        int end = from + length;
        byte previous = last;
        for (int i = from; i < end; i++) {
            byte octet = octets[i];
            if (octet == '.' && (previous == '\n' || previous == '\r')) {
                out.writeBytes(octets, written, i - written).writeByte('.');
                written = i;
            }
            previous = octet;
        }
        out.writeBytes(octets, written, end - written);
        remember(octets, end, length);
    }

    private void remember(byte[] octets, int end, int length) {
        if (length > 0) {
            beforeLast = length > 1 ? octets[end - 2] : last;
            last = octets[end - 1];
            isEmpty = false;
        }
    }

    /** Appends the end: a line end if the content lacks it, and the lone dot (RFC 5321 §4.1.1.4). */
    public void end(ByteBuf out) {
        boolean endsLine = isEmpty || (beforeLast == '\r' && last == '\n');
        if (!endsLine) {
            out.writeByte('\r').writeByte('\n');
        }
        out.writeBytes(END);
    }
}
