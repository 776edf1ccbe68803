package dev.caravan.mime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A message with 8-bit octets or long lines in a form that any server accepts: bodies of parts are encoded as
 * quoted-printable or base64 (RFC 6152 §3, RFC 2045 §6), fields of headers as encoded words. A message within the
 * message is converted part by part, because it may not be encoded itself (RFC 2046 §5.2.1). Parts that need no change
 * stay octet by octet, and so do parts that may not be changed or are not understood: signed parts, malformed
 * multiparts, preambles. Each part decodes to exactly the octets that it had.
 *
 * <p>The message is read as a stream: once to decide, once to measure, and once for each copy. Memory use is bounded by
 * the longest header.
 */
public final class SevenBitMessage {
    private static final int CHUNK = 16 * 1024;

    private final Source source;
    private final SevenBitPlan plan;
    private final long size;
    private final boolean isInLines;

    /** Opens the message, each time at its beginning. */
    public interface Source {
        /** A new stream over all octets; the caller closes it. */
        InputStream open() throws IOException;
    }

    private SevenBitMessage(Source source, SevenBitPlan plan, long size, boolean isInLines) {
        this.source = source;
        this.plan = plan;
        this.size = size;
        this.isInLines = isInLines;
    }

    /**
     * Examines a message; blocks while it reads.
     *
     * @throws IOException if it cannot be read.
     */
    public static SevenBitMessage of(Source source) throws IOException {
        SevenBitPlan plan = new SevenBitPlan();
        MimeScanner scanner = new MimeScanner(plan);
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = source.open()) {
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                scanner.feed(chunk, 0, length);
            }
        }
        scanner.end();
        long size = 0;
        boolean isInLines = true;
        boolean isAfterCr = false;
        try (InputStream in = new Converted(source.open(), plan)) {
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                size += length;
                for (int i = 0; i < length; i++) {
                    isInLines &= chunk[i] != 0 && isAfterCr == (chunk[i] == '\n');
                    isAfterCr = chunk[i] == '\r';
                }
            }
        }
        return new SevenBitMessage(source, plan, size, plan.isWhole() && isInLines && !isAfterCr);
    }

    /** A text as encoded words in UTF-8, one a line (RFC 2047 §2). */
    public static String encodedWords(String text) {
        return EightBitField.words(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    /** A text as quoted-printable, whatever octets it has (RFC 2045 §6.7). */
    public static byte[] quotedPrintable(byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + text.length / 4 + 16);
        BodyEncoder encoder = BodyEncoder.quotedPrintable(out);
        try {
            encoder.write(text, 0, text.length);
            encoder.end();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return out.toByteArray();
    }

    /** Whether all octets are below 128 and all lines within 998 octets after the conversion. */
    public boolean isSevenBit() {
        return plan.isWhole();
    }

    /** Whether, besides, CRLF ends all lines, and there is no other CR or LF and no NUL. */
    public boolean isInLines() {
        return isInLines;
    }

    /** Whether octets above 127, or not in lines, remain in a signed part. */
    public boolean leavesSignedPart() {
        return plan.isSignedPartLeft();
    }

    /** How many octets the converted message has. */
    public long size() {
        return size;
    }

    /**
     * The converted message; the caller closes the stream.
     *
     * @throws IOException if the message cannot be read.
     */
    public InputStream open() throws IOException {
        return new Converted(source.open(), plan);
    }

    /** Writes the message as the plan says. */
    private static final class Writer implements MimeScanner.Listener {
        private final SevenBitPlan plan;
        private final OutputStream out;
        private final boolean encodes;
        private BodyEncoder encoder;

        Writer(SevenBitPlan plan, OutputStream out) {
            this.plan = plan;
            this.out = out;
            this.encodes = plan.encodes();
            this.encoder = BodyEncoder.identity(out);
        }

        @Override
        public void header(int number, MimeScanner.Kind kind, PartHeader header, byte[] octets) throws IOException {
            SevenBitPlan.Change change = plan.change(number);
            Optional<String> encoding = switch (change) {
                case NONE -> Optional.empty();
                case QUOTED_PRINTABLE -> Optional.of("quoted-printable");
                case BASE64 -> Optional.of("base64");
                case SEVEN_BIT -> Optional.of("7bit");
            };
            out.write(header.sevenBit(encoding, number == 0 && encodes ? plan.topFields() : ""));
            encoder = switch (change) {
                case NONE, SEVEN_BIT -> BodyEncoder.identity(out);
                case QUOTED_PRINTABLE -> BodyEncoder.quotedPrintable(out);
                case BASE64 -> BodyEncoder.base64(out);
            };
        }

        @Override
        public void body(byte[] octets, int from, int length) throws IOException {
            encoder.write(octets, from, length);
        }

        @Override
        public void bodyEnd() throws IOException {
            encoder.end();
        }

        @Override
        public void structure(byte[] octets, int from, int length) throws IOException {
            out.write(octets, from, length);
        }

        @Override
        public void compositeEnd() {
            // At the end of a composite there is only structure, which is reported as such.
        }
    }

    /** The converted message as a stream: it converts one chunk at a time. */
    private static final class Converted extends InputStream {
        private final InputStream in;
        private final Held out = new Held();
        private final MimeScanner scanner;
        private final byte[] chunk = new byte[CHUNK];
        private int given;
        private boolean isOver;

        private static final class Held extends ByteArrayOutputStream {
            int give(int from, byte[] to, int at, int length) {
                int octets = Math.min(length, count - from);
                System.arraycopy(buf, from, to, at, octets);
                return octets;
            }
        }

        Converted(InputStream in, SevenBitPlan plan) {
            this.in = in;
            this.scanner = new MimeScanner(new Writer(plan, out));
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] octets, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (given == out.size()) {
                if (isOver) {
                    return -1;
                }
                out.reset();
                given = 0;
                int got = in.read(chunk);
                if (got < 0) {
                    isOver = true;
                    scanner.end();
                } else {
                    scanner.feed(chunk, 0, got);
                }
            }
            int count = out.give(given, octets, from, length);
            given += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
