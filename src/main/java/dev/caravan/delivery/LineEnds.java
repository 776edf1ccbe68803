package dev.caravan.delivery;

import java.io.IOException;
import java.io.OutputStream;

/** Turns CRLF into LF while writing; a single CR stays. Chunks may break anywhere. */
final class LineEnds {
    private final OutputStream out;
    private boolean hasCr;

    LineEnds(OutputStream out) {
        this.out = out;
    }

    void write(byte[] octets, int length) throws IOException {
        int written = 0;
        for (int i = 0; i < length; i++) {
            byte octet = octets[i];
            if (hasCr && octet != '\n') {
                out.write(octets, written, i - written);
                out.write('\r');
                written = i;
            }
            hasCr = octet == '\r';
            if (hasCr) {
                // Held back until the next octet is known.
                out.write(octets, written, i - written);
                written = i + 1;
            }
        }
        out.write(octets, written, length - written);
    }

    /** Writes what was held back. */
    void end() throws IOException {
        if (hasCr) {
            out.write('\r');
            hasCr = false;
        }
    }
}
