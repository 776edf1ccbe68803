package dev.caravan.delivery;

import dev.caravan.mail.Content;
import java.io.IOException;
import java.io.InputStream;

/**
 * What must be known of the octets of a content before it is sent.
 *
 * @param isEightBit whether an octet is above 127.
 * @param isInLines whether it may be sent by DATA: no NUL, CRLF at the end of each line, no other CR or LF, and at most 998
 *     octets in a line (RFC 5321 §2.3.8, §4.5.3.1.6).
 */
record OctetsOfContent(boolean isEightBit, boolean isInLines) {
    private static final int CHUNK = 32 * 1024;
    private static final int MAX_LINE = 998;

    /**
     * Reads a content; blocks if it is in a file.
     *
     * @throws IOException if it cannot be read.
     */
    static OctetsOfContent of(Content content) throws IOException {
        boolean isEightBit = false;
        boolean isInLines = true;
        boolean isAfterCr = false;
        int line = 0;
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = content.open()) {
            // Nothing more can be learned when both are known.
            for (int length = in.read(chunk); length >= 0 && (!isEightBit || isInLines); length = in.read(chunk)) {
                for (int i = 0; i < length; i++) {
                    byte octet = chunk[i];
                    isEightBit |= octet < 0;
                    isInLines &= octet != 0 && isAfterCr == (octet == '\n') && line <= MAX_LINE;
                    line = octet == '\n' ? 0 : line + (octet == '\r' ? 0 : 1);
                    isAfterCr = octet == '\r';
                }
            }
        }
        return new OctetsOfContent(isEightBit, isInLines && !isAfterCr && line <= MAX_LINE);
    }
}
