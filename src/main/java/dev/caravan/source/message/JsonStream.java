package dev.caravan.source.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A pull parser for JSON (RFC 8259): the caller requests the expected values, and long strings are passed to a sink in
 * pieces, so that memory use does not depend on their size. Recognizes numbers, true and false but does not parse them,
 * because no member has such a value. UTF-8 only. Not thread-safe.
 */
final class JsonStream {
    private static final int BUFFERED = 8 * 1024;
    private static final int END = -1;

    private final InputStream in;
    private final long limit;
    private final byte[] buffer = new byte[BUFFERED];
    private final byte[] character = new byte[4];
    private int position;
    private int filled;
    private long read;
    private int line = 1;
    private long lineStart;

    /** The kind of a value. */
    enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NULL,
        /** A number, true or false. */
        OTHER
    }

    /** Receives the octets of a string in UTF-8, in pieces. */
    interface Sink {
        void write(byte[] octets, int from, int count) throws IOException, InvalidSubmissionException;
    }

    /**
     * Begins to read a document; skips a byte order mark.
     *
     * @param limit the maximum octets of the document.
     */
    JsonStream(InputStream in, long limit) throws IOException, InvalidSubmissionException {
        this.in = in;
        this.limit = limit;
        if (peek() == 0xEF) {
            octet();
            if (octet() != 0xBB || octet() != 0xBF) {
                throw malformed("an octet that begins no value");
            }
        }
    }

    /** The kind of the next value, which stays unread. */
    Kind kind() throws IOException, InvalidSubmissionException {
        int next = afterSpace();
        if (next == 't' || next == 'f' || next == '-' || (next >= '0' && next <= '9')) {
            return Kind.OTHER;
        }
        return switch (next) {
            case '{' -> Kind.OBJECT;
            case '[' -> Kind.ARRAY;
            case '"' -> Kind.STRING;
            case 'n' -> Kind.NULL;
            case END -> throw malformed("it ends where a value is expected");
            default -> throw malformed("no value where one is expected");
        };
    }

    /** Reads a null. */
    void skipNull() throws IOException, InvalidSubmissionException {
        for (char expected : new char[] {'n', 'u', 'l', 'l'}) {
            if (octet() != expected) {
                throw malformed("an unknown word (expected: null)");
            }
        }
    }

    /** Reads the beginning of an object or array. */
    void open(Kind kind) throws IOException, InvalidSubmissionException {
        afterSpace();
        int next = octet();
        if (next != (kind == Kind.OBJECT ? '{' : '[')) {
            throw new IllegalStateException("nothing of that kind begins here");
        }
    }

    /**
     * Moves to the next member or element of an object or array.
     *
     * @param first whether no member or element was read yet.
     * @return whether there is another one; otherwise the end of the object or array was read.
     */
    boolean hasNext(Kind kind, boolean first) throws IOException, InvalidSubmissionException {
        int end = kind == Kind.OBJECT ? '}' : ']';
        int next = afterSpace();
        if (next == end) {
            octet();
            return false;
        }
        if (first) {
            return true;
        }
        if (next != ',') {
            throw malformed("no comma between values");
        }
        octet();
        if (afterSpace() == end) {
            throw malformed("a comma before the end");
        }
        return true;
    }

    /** Reads the name of a member and the colon after it. */
    String name(int most) throws IOException, InvalidSubmissionException {
        if (afterSpace() != '"') {
            throw malformed("no name of a member");
        }
        String name = text(most, "the name of a member");
        if (afterSpace() != ':') {
            throw malformed("no colon behind a name");
        }
        octet();
        return name;
    }

    /**
     * Reads a string into memory.
     *
     * @param most the maximum octets in UTF-8.
     * @param where names the value in error messages.
     */
    String text(int most, String where) throws IOException, InvalidSubmissionException {
        ByteArrayOutputStream text = new ByteArrayOutputStream(64);
        string((octets, from, count) -> {
            if (text.size() + count > most) {
                throw InvalidSubmissionException.tooLarge(where + " of more than " + most + " octets");
            }
            text.write(octets, from, count);
        });
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Reads a string in pieces. */
    void string(Sink sink) throws IOException, InvalidSubmissionException {
        afterSpace();
        octet();
        while (true) {
            int start = position;
            while (position < filled && isPlain(buffer[position])) {
                position++;
            }
            if (position > start) {
                sink.write(buffer, start, position - start);
                continue;
            }
            int next = octet();
            if (next == '"') {
                return;
            }
            if (next == END) {
                throw malformed("a string without an end");
            }
            if (next == '\\') {
                escaped(sink);
            } else if (next < ' ') {
                throw malformed("a control character in a string (expected: escaped)");
            } else if (next < 0x80) {
                character[0] = (byte) next;
                sink.write(character, 0, 1);
            } else {
                sequence(next, sink);
            }
        }
    }

    /** Requires that only white space follows the document. */
    void end() throws IOException, InvalidSubmissionException {
        if (afterSpace() != END) {
            throw malformed("something behind the end");
        }
    }

    InvalidSubmissionException malformed(String reason) {
        long column = read - filled + position - lineStart + 1;
        return InvalidSubmissionException.malformed("not JSON at line " + line + ", column " + column + ": " + reason);
    }

    private static boolean isPlain(byte octet) {
        return octet >= ' ' && octet != '"' && octet != '\\';
    }

    private void escaped(Sink sink) throws IOException, InvalidSubmissionException {
        int next = octet();
        int plain = switch (next) {
            case '"', '\\', '/' -> next;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> END;
            default -> throw malformed("an unknown escape in a string");
        };
        if (plain != END) {
            character[0] = (byte) plain;
            sink.write(character, 0, 1);
        } else {
            unit(hex(), sink);
        }
    }

    /**
     * Handles a UTF-16 code unit, together with the next one if it is a high surrogate; replaces an unpaired surrogate.
     */
    private void unit(char unit, Sink sink) throws IOException, InvalidSubmissionException {
        if (!Character.isHighSurrogate(unit)) {
            codePoint(Character.isLowSurrogate(unit) ? 0xFFFD : unit, sink);
        } else if (peek() != '\\') {
            codePoint(0xFFFD, sink);
        } else {
            octet();
            if (peek() != 'u') {
                codePoint(0xFFFD, sink);
                escaped(sink);
                return;
            }
            octet();
            char low = hex();
            if (Character.isLowSurrogate(low)) {
                codePoint(Character.toCodePoint(unit, low), sink);
            } else {
                codePoint(0xFFFD, sink);
                // A loop instead of recursion: a document may consist of high surrogates only.
                codePoint(Character.isSurrogate(low) ? 0xFFFD : low, sink);
            }
        }
    }

    private char hex() throws IOException, InvalidSubmissionException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(octet(), 16);
            if (digit < 0) {
                throw malformed("an escape without four hexadecimal digits");
            }
            value = value * 16 + digit;
        }
        return (char) value;
    }

    private void codePoint(int point, Sink sink) throws IOException, InvalidSubmissionException {
        byte[] octets = Character.toString(point).getBytes(StandardCharsets.UTF_8);
        sink.write(octets, 0, octets.length);
    }

    /** Reads a character of several octets. */
    private void sequence(int first, Sink sink) throws IOException, InvalidSubmissionException {
        int more = first >= 0xC2 && first <= 0xDF
                ? 1
                : first >= 0xE0 && first <= 0xEF ? 2 : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
        character[0] = (byte) first;
        for (int i = 1; i <= more; i++) {
            int next = octet();
            int least = i == 1 && first == 0xE0 ? 0xA0 : i == 1 && first == 0xF0 ? 0x90 : 0x80;
            int most = i == 1 && first == 0xED ? 0x9F : i == 1 && first == 0xF4 ? 0x8F : 0xBF;
            if (next < least || next > most) {
                throw malformed("octets that are no UTF-8");
            }
            character[i] = (byte) next;
        }
        if (more == 0) {
            throw malformed("octets that are no UTF-8");
        }
        sink.write(character, 0, more + 1);
    }

    private int afterSpace() throws IOException, InvalidSubmissionException {
        int next = peek();
        while (next == ' ' || next == '\t' || next == '\r' || next == '\n') {
            octet();
            if (next == '\n') {
                line++;
                lineStart = read - filled + position;
            }
            next = peek();
        }
        return next;
    }

    private int octet() throws IOException, InvalidSubmissionException {
        int next = peek();
        if (next != END) {
            position++;
        }
        return next;
    }

    private int peek() throws IOException, InvalidSubmissionException {
        if (position == filled) {
            int got = in.read(buffer, 0, buffer.length);
            position = 0;
            filled = Math.max(0, got);
            if (got < 0) {
                return END;
            }
            read += got;
            if (read > limit) {
                throw InvalidSubmissionException.tooLarge("JSON of more than " + limit + " octets");
            }
        }
        return buffer[position] & 0xFF;
    }
}
