package dev.caravan.dsn;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.queue.SpoolWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The mail that a notification speaks of, or its header: the third part, and what has to be known of it before the
 * first octet is written.
 *
 * @param content what is returned.
 * @param isWhole whether that is the mail and not only its header.
 * @param header the mail's header.
 * @param isEightBit whether any octet returned is above 127.
 * @param boundary does not occur in what is returned.
 */
record Original(Content content, boolean isWhole, HeaderSection header, boolean isEightBit, String boundary) {
    private static final int CHUNK = 16 * 1024;

    /**
     * Looks at a mail.
     *
     * @param wish the boundary, if the mail does not happen to hold it.
     */
    static Original of(Content mail, boolean whole, String wish) throws IOException {
        HeaderSection header = HeaderSection.of(mail);
        Content returned = whole ? mail : new Content.InMemory(header.octets());
        Look look = look(returned, wish);
        String boundary = wish;
        for (int i = 1; look.holdsBoundary(); i++) {
            boundary = wish + "-" + i;
            look = look(returned, boundary);
        }
        return new Original(returned, whole, header, look.isEightBit(), boundary);
    }

    private record Look(boolean isEightBit, boolean holdsBoundary) {}

    private static Look look(Content content, String boundary) throws IOException {
        byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.US_ASCII);
        byte[] window = new byte[CHUNK + delimiter.length];
        boolean eightBit = false;
        boolean found = false;
        int kept = 0;
        try (InputStream in = content.open()) {
            for (int got = in.read(window, 0, CHUNK); got >= 0; got = in.read(window, kept, CHUNK)) {
                int length = kept + got;
                for (int i = 0; i < length; i++) {
                    eightBit |= window[i] < 0;
                    found |= window[i] == '-' && isAt(window, i, length, delimiter);
                }
                // A delimiter may lie across two reads.
                kept = Math.min(length, delimiter.length - 1);
                System.arraycopy(window, length - kept, window, 0, kept);
            }
        }
        return new Look(eightBit, found);
    }

    private static boolean isAt(byte[] window, int at, int length, byte[] delimiter) {
        return at + delimiter.length <= length
                && Arrays.equals(window, at, at + delimiter.length, delimiter, 0, delimiter.length);
    }

    String mediaType() {
        return isWhole ? "message/rfc822" : "text/rfc822-headers";
    }

    String transferEncoding() {
        return isEightBit ? "8bit" : "7bit";
    }

    void copyTo(SpoolWriter sink) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = content.open()) {
            for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
                sink.append(ByteBuffer.wrap(chunk, 0, got));
            }
        }
    }
}
