package dev.caravan.dsn;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mime.SevenBitMessage;
import dev.caravan.queue.SpoolWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The message that a notification is about, or its header: the third part, and the facts about it that are needed
 * before the first octet is written. Its lines have at most 998 octets, which every server accepts (RFC 5321
 * §4.5.3.1.6): a message with longer lines is returned with its parts encoded. If a message cannot be converted to
 * seven bits, which the next server may need, only its header is returned.
 *
 * @param source what is returned.
 * @param isWhole whether that is the whole message and not only its header.
 * @param isUnicode whether its header is in UTF-8, and may be returned so (RFC 6532 §3.7).
 * @param header the message's header.
 * @param transferEncoding of what is returned.
 * @param boundary does not occur in what is returned.
 */
record ReturnedMessage(
        SevenBitMessage.Source source,
        boolean isWhole,
        boolean isUnicode,
        HeaderSection header,
        String transferEncoding,
        String boundary) {
    private static final int CHUNK = 16 * 1024;
    private static final int MAX_LINE = 998;

    /**
     * Examines a message.
     *
     * @param mayBeUnicode whether the message was sent with SMTPUTF8.
     * @param wish the boundary, if the message does not happen to hold it.
     */
    static ReturnedMessage of(Content mail, boolean whole, boolean mayBeUnicode, String wish) throws IOException {
        HeaderSection header = HeaderSection.of(mail);
        if (mayBeUnicode && isEightBit(header.octets())) {
            return unicode(mail, whole, header, wish);
        }
        if (!whole) {
            return ofHeader(header, wish);
        }
        Look look = look(mail::open, wish);
        if (look.isFit() && !look.isEightBit()) {
            return ofFit(mail::open, true, header, "7bit", wish);
        }
        SevenBitMessage converted = SevenBitMessage.of(mail::open);
        if (!converted.isSevenBit()) {
            // The next server may accept neither 8-bit octets nor long lines.
            return ofHeader(header, wish);
        }
        return look.isFit()
                ? ofFit(mail::open, true, header, "8bit", wish)
                : ofFit(converted::open, true, header, "7bit", wish);
    }

    private static boolean isEightBit(byte[] octets) {
        for (byte octet : octets) {
            if (octet < 0) {
                return true;
            }
        }
        return false;
    }

    /** A part of this kind may be encoded as a whole (RFC 6532 §3.7), so any server on the way can convert it. */
    private static ReturnedMessage unicode(Content mail, boolean whole, HeaderSection header, String wish)
            throws IOException {
        ReturnedMessage returned = whole && look(mail::open, wish).isFit()
                ? ofFit(mail::open, true, header, "8bit", wish)
                : ofHeader(header, wish);
        return new ReturnedMessage(
                returned.source, returned.isWhole, true, header, returned.transferEncoding, returned.boundary);
    }

    private static ReturnedMessage ofHeader(HeaderSection header, String wish) throws IOException {
        byte[] octets = header.octets();
        Look look = look(() -> new ByteArrayInputStream(octets), wish);
        if (look.isFit()) {
            return ofFit(
                    () -> new ByteArrayInputStream(octets), false, header, look.isEightBit() ? "8bit" : "7bit", wish);
        }
        byte[] encoded = SevenBitMessage.quotedPrintable(octets);
        return ofFit(() -> new ByteArrayInputStream(encoded), false, header, "quoted-printable", wish);
    }

    private static ReturnedMessage ofFit(
            SevenBitMessage.Source source, boolean whole, HeaderSection header, String encoding, String wish)
            throws IOException {
        String boundary = wish;
        for (int i = 1; look(source, boundary).holdsBoundary(); i++) {
            boundary = wish + "-" + i;
        }
        return new ReturnedMessage(source, whole, false, header, encoding, boundary);
    }

    /** The properties of the octets; fit if no line is too long. */
    private record Look(boolean isEightBit, boolean holdsBoundary, boolean isFit) {}

    private static Look look(SevenBitMessage.Source source, String boundary) throws IOException {
        byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.US_ASCII);
        byte[] window = new byte[CHUNK + delimiter.length];
        boolean eightBit = false;
        boolean found = false;
        boolean isFit = true;
        int line = 0;
        int kept = 0;
        try (InputStream in = source.open()) {
            for (int got = in.read(window, 0, CHUNK); got >= 0; got = in.read(window, kept, CHUNK)) {
                int length = kept + got;
                for (int i = 0; i < length; i++) {
                    eightBit |= window[i] < 0;
                    found |= window[i] == '-' && isAt(window, i, length, delimiter);
                }
                for (int i = kept; i < length; i++) {
                    line = window[i] == '\n' ? 0 : line + (window[i] == '\r' ? 0 : 1);
                    isFit &= line <= MAX_LINE;
                }
                // A delimiter may be split between two reads.
                kept = Math.min(length, delimiter.length - 1);
                System.arraycopy(window, length - kept, window, 0, kept);
            }
        }
        return new Look(eightBit, found, isFit);
    }

    private static boolean isAt(byte[] window, int at, int length, byte[] delimiter) {
        return at + delimiter.length <= length
                && Arrays.equals(window, at, at + delimiter.length, delimiter, 0, delimiter.length);
    }

    String mediaType() {
        if (isUnicode) {
            return isWhole ? "message/global" : "message/global-headers";
        }
        return isWhole ? "message/rfc822" : "text/rfc822-headers";
    }

    boolean isEightBit() {
        return transferEncoding.equals("8bit");
    }

    void copyTo(SpoolWriter sink) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = source.open()) {
            for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
                sink.append(ByteBuffer.wrap(chunk, 0, got));
            }
        }
    }
}
