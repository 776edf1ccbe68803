package dev.caravan.mime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/**
 * Reads the parts of a message that comes in pieces of any size (RFC 2046 §5). It reports every octet exactly once, in
 * order. Malformed structure never fails: it is reported as body or as structure. Memory use is bounded by the longest
 * header.
 */
final class MimeScanner {
    /** Gets the reports of the scanner. */
    interface Listener {
        /**
         * A complete header.
         *
         * @param number the number of the header, from 0.
         */
        void header(int number, Kind kind, PartHeader header, byte[] octets) throws IOException;

        /** Octets of the body of the last leaf. */
        void body(byte[] octets, int from, int length) throws IOException;

        /** The body of the last leaf has ended. */
        void bodyEnd() throws IOException;

        /** Octets that belong to the structure, or whose meaning is not known. */
        void structure(byte[] octets, int from, int length) throws IOException;

        /** The content of the last composite that is still open has ended. */
        void compositeEnd() throws IOException;
    }

    /** What follows a header. */
    enum Kind {
        /** A body that may be encoded. */
        LEAF,
        /** A body that may not be encoded, or that has an encoding of its own. */
        OPAQUE,
        /** Other parts, or a complete message. */
        COMPOSITE
    }

    private enum State {
        HEADER,
        BODY,
        BETWEEN
    }

    static final int MAX_HEADER = 256 * 1024;
    static final int MAX_DEPTH = 50;
    static final int MAX_PARTS = 100_000;
    private static final int PIECE = 8 * 1024;

    private final Listener listener;
    private final Deque<Optional<byte[]>> composites = new ArrayDeque<>();
    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    private final byte[] line = new byte[PIECE + 1];
    private int length;
    private boolean isLineStart = true;
    private State state = State.HEADER;
    private byte[] pending = {};
    private int headers;

    MimeScanner(Listener listener) {
        this.listener = listener;
    }

    /** Reads the next octets. */
    void feed(byte[] octets, int from, int count) throws IOException {
        for (int at = from; at < from + count; at++) {
            line[length++] = octets[at];
            if (octets[at] == '\n') {
                lineOrPiece(true);
            } else if (length > PIECE || (length == PIECE && octets[at] != '\r')) {
                // A line end is reported in one piece.
                lineOrPiece(false);
            }
        }
    }

    /** Ends the message. */
    void end() throws IOException {
        if (length > 0) {
            lineOrPiece(false);
        }
        if (state == State.HEADER) {
            headerEnd();
        }
        if (state == State.BODY) {
            flushPending(true);
            listener.bodyEnd();
        }
        while (!composites.isEmpty()) {
            composites.pop();
            listener.compositeEnd();
        }
    }

    private void lineOrPiece(boolean isWhole) throws IOException {
        boolean isStart = isLineStart;
        int count = length;
        isLineStart = isWhole;
        length = 0;
        if (isStart && isDelimiter(count)) {
            return;
        }
        switch (state) {
            case HEADER -> header(count, isStart, isWhole);
            case BODY -> body(count);
            case BETWEEN -> listener.structure(line, 0, count);
        }
    }

    private void header(int count, boolean isStart, boolean isWhole) throws IOException {
        header.write(line, 0, count);
        boolean isEmptyLine = isStart && isWhole && (count == 1 || (count == 2 && line[0] == '\r'));
        if (isEmptyLine || header.size() > MAX_HEADER) {
            headerEnd();
        }
    }

    private void headerEnd() throws IOException {
        byte[] octets = header.toByteArray();
        header.reset();
        if (octets.length > MAX_HEADER || headers >= MAX_PARTS) {
            // What follows is reported as structure, so that it is not changed.
            listener.structure(octets, 0, octets.length);
            state = State.BETWEEN;
            return;
        }
        PartHeader read = new PartHeader(octets);
        Kind kind = kind(read);
        listener.header(headers++, kind, read, octets);
        if (kind == Kind.COMPOSITE) {
            MediaType type = read.type().orElseThrow();
            composites.push(type.boundary()
                    .filter(boundary -> type.isMultipart())
                    .map(boundary -> ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1)));
            state = type.isMultipart() ? State.BETWEEN : State.HEADER;
        } else {
            state = State.BODY;
        }
    }

    private Kind kind(PartHeader read) {
        String encoding = read.encoding();
        boolean isOpen = encoding.equals("7bit") || encoding.equals("8bit") || encoding.equals("binary");
        Optional<MediaType> type = read.type();
        String name = type.map(MediaType::name).orElse("text/plain");
        if (type.isPresent() && type.get().isMultipart()) {
            boolean isUsable = isOpen
                    && type.get().boundary().isPresent()
                    && composites.size() < MAX_DEPTH
                    // A signature covers each octet (RFC 1847 §2.1).
                    && !name.equals("multipart/signed");
            return isUsable ? Kind.COMPOSITE : Kind.OPAQUE;
        }
        if (name.equals("message/rfc822") || name.equals("message/news")) {
            return isOpen && composites.size() < MAX_DEPTH ? Kind.COMPOSITE : Kind.OPAQUE;
        }
        // Other kinds of message may not be encoded either (RFC 2046 §5.2); message/global may (RFC 6532 §3.7).
        boolean isFixed = name.startsWith("message/") && !name.startsWith("message/global");
        return isOpen && !isFixed ? Kind.LEAF : Kind.OPAQUE;
    }

    private void body(int count) throws IOException {
        flushPending(true);
        int text = count;
        if (line[count - 1] == '\n') {
            text = count > 1 && line[count - 2] == '\r' ? count - 2 : count - 1;
        }
        listener.body(line, 0, text);
        // The last line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
        pending = Arrays.copyOfRange(line, text, count);
    }

    private void flushPending(boolean isBody) throws IOException {
        byte[] lineEnd = pending;
        pending = new byte[0];
        if (lineEnd.length > 0 && isBody) {
            listener.body(lineEnd, 0, lineEnd.length);
        } else if (lineEnd.length > 0) {
            listener.structure(lineEnd, 0, lineEnd.length);
        }
    }

    /** Whether the line is a delimiter of an open multipart; if so, all parts within that one have ended. */
    private boolean isDelimiter(int count) throws IOException {
        if (count < 3 || line[0] != '-' || line[1] != '-') {
            return false;
        }
        int depth = composites.size();
        for (Optional<byte[]> composite : composites) {
            Optional<Boolean> isLast = composite.flatMap(delimiter -> delimiter(delimiter, count));
            if (isLast.isPresent()) {
                close(isLast.get() ? depth - 1 : depth, depth, count);
                return true;
            }
            depth--;
        }
        return false;
    }

    /** Ends all that is within a multipart, and also the multipart itself if fewer are to stay open. */
    private void close(int staysOpen, int depth, int count) throws IOException {
        if (state == State.HEADER) {
            headerEnd();
        }
        if (state == State.BODY) {
            listener.bodyEnd();
        }
        flushPending(false);
        while (composites.size() > depth) {
            composites.pop();
            listener.compositeEnd();
        }
        listener.structure(line, 0, count);
        state = State.HEADER;
        if (staysOpen < depth) {
            composites.pop();
            listener.compositeEnd();
            state = State.BETWEEN;
        }
    }

    /** Whether the line is this delimiter, and the last one. */
    private Optional<Boolean> delimiter(byte[] delimiter, int count) {
        if (count < delimiter.length || !Arrays.equals(line, 0, delimiter.length, delimiter, 0, delimiter.length)) {
            return Optional.empty();
        }
        int at = delimiter.length;
        boolean isLast = at + 1 < count && line[at] == '-' && line[at + 1] == '-';
        if (isLast) {
            at += 2;
        }
        while (at < count && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == '\n')) {
            at++;
        }
        return at == count ? Optional.of(isLast) : Optional.empty();
    }
}
