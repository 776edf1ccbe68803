package dev.caravan.source.sendmail;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A request of the program {@code bin/sendmail}, over the socket or in a file: a length of four octets and as many
 * octets of head, then chunks of content, each preceded by its length, and a length of zero at the end. The head is a
 * list of texts, each ended by NUL: {@code CARAVAN1}, id, program, number of arguments, the arguments, seconds since
 * 1970.
 *
 * @param id 30 hexadecimal digits, unique to the message.
 * @param program the name by which the program was called.
 * @param arguments as the caller gave them.
 */
record SendmailRequest(String id, String program, List<String> arguments) {
    /** The maximum octets of a head. */
    static final int MAX_HEAD = 256 * 1024;
    /** The maximum octets of a chunk. */
    static final int MAX_CHUNK = 2 << 20;

    private static final String FORM = "CARAVAN1";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{30}");
    private static final int FIRST_ARGUMENT = 4;

    /**
     * Reads a head.
     *
     * @throws EOFException if it is truncated.
     * @throws IOException if it is malformed.
     */
    static SendmailRequest read(DataInputStream in) throws IOException {
        byte[] head = new byte[length(in, MAX_HEAD)];
        in.readFully(head);
        List<String> texts = List.of(new String(head, StandardCharsets.UTF_8).split("\0", -1));
        if (texts.size() < FIRST_ARGUMENT || !texts.get(0).equals(FORM) || !isId(texts.get(1))) {
            throw new IOException("not from sendmail (expected: a head that begins with " + FORM + ")");
        }
        int count = texts.get(3).matches("\\d{1,5}") ? Integer.parseInt(texts.get(3)) : Integer.MAX_VALUE;
        if (count > texts.size() - FIRST_ARGUMENT) {
            throw new IOException("a head without its arguments (expected: " + texts.get(3) + ")");
        }
        return new SendmailRequest(texts.get(1), texts.get(2), texts.subList(FIRST_ARGUMENT, FIRST_ARGUMENT + count));
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    private static int length(DataInputStream in, int most) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > most) {
            throw new IOException(
                    "a part of " + Integer.toUnsignedString(length) + " octets (expected: <= " + most + ")");
        }
        return length;
    }

    /** The content after a head. Reading truncated content throws, so that it is never taken for complete. */
    static final class Content extends InputStream {
        private final DataInputStream in;
        private byte[] chunk = new byte[0];
        private int next;
        private boolean ended;

        Content(DataInputStream in) {
            this.in = in;
        }

        private boolean fill() throws IOException {
            while (!ended && next == chunk.length) {
                int length = length(in, MAX_CHUNK);
                ended = length == 0;
                chunk = new byte[length];
                next = 0;
                in.readFully(chunk);
            }
            return !ended;
        }

        @Override
        public int read() throws IOException {
            return fill() ? chunk[next++] & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int from, int most) throws IOException {
            if (most == 0 || !fill()) {
                return most == 0 ? 0 : -1;
            }
            int count = Math.min(most, chunk.length - next);
            System.arraycopy(chunk, next, target, from, count);
            next += count;
            return count;
        }
    }
}
