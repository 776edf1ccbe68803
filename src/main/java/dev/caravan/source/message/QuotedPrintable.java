package dev.caravan.source.message;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Encodes text as quoted-printable (RFC 2045 §6.7): LF, CR and CRLF end a line; every other octet that is not printable
 * ASCII is escaped, and so is white space at the end of a line. Lines have at most 76 characters. Writes in pieces; must
 * be closed, which leaves the target open. Not thread-safe.
 */
final class QuotedPrintable extends OutputStream {
    private static final byte[] DIGITS = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
    };
    /** The longest line without the mark of a soft line break. */
    private static final int LINE = 75;

    private static final int ESCAPED = 3;
    /** What one octet, with a space before it and line breaks between, becomes at most. */
    private static final int MOST_OF_AN_OCTET = 16;

    private final OutputStream out;
    private final byte[] buffer = new byte[4 * 1024];
    private int filled;
    private int column;
    private boolean isAfterReturn;
    private boolean isAfterSpace;

    QuotedPrintable(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int from, int count) throws IOException {
        for (int i = from; i < from + count; i++) {
            if (filled > buffer.length - MOST_OF_AN_OCTET) {
                pass();
            }
            octet(octets[i] & 0xFF);
        }
    }

    private void octet(int octet) {
        if (isAfterSpace) {
            isAfterSpace = false;
            if (octet == '\r' || octet == '\n') {
                escape(' ');
            } else {
                plain(' ');
            }
        }
        if (octet == '\r' || octet == '\n') {
            if (octet == '\r' || !isAfterReturn) {
                endLine();
                column = 0;
            }
        } else if (octet == ' ') {
            isAfterSpace = true;
        } else if (octet < ' ' || octet > '~' || octet == '=') {
            escape(octet);
        } else {
            plain(octet);
        }
        isAfterReturn = octet == '\r';
    }

    private void plain(int octet) {
        makeRoom(1);
        buffer[filled++] = (byte) octet;
    }

    private void escape(int octet) {
        makeRoom(ESCAPED);
        buffer[filled++] = '=';
        buffer[filled++] = DIGITS[octet >> 4];
        buffer[filled++] = DIGITS[octet & 0xF];
    }

    private void makeRoom(int characters) {
        column += characters;
        if (column > LINE) {
            buffer[filled++] = '=';
            endLine();
            column = characters;
        }
    }

    private void endLine() {
        buffer[filled++] = '\r';
        buffer[filled++] = '\n';
    }

    private void pass() throws IOException {
        out.write(buffer, 0, filled);
        filled = 0;
    }

    @Override
    public void close() throws IOException {
        if (isAfterSpace) {
            isAfterSpace = false;
            escape(' ');
        }
        pass();
    }
}
