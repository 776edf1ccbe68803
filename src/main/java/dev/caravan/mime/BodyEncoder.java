package dev.caravan.mime;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;

/** Writes the body of a part in an encoding of seven bits and short lines. End it once; that leaves the stream open. */
interface BodyEncoder {
    void write(byte[] octets, int from, int length) throws IOException;

    /** Ends the body. */
    void end() throws IOException;

    /** No encoding. */
    static BodyEncoder identity(OutputStream out) {
        return new BodyEncoder() {
            @Override
            public void write(byte[] octets, int from, int length) throws IOException {
                out.write(octets, from, length);
            }

            @Override
            public void end() {
                // This encoder keeps nothing back.
            }
        };
    }

    /** RFC 2045 §6.8. */
    static BodyEncoder base64(OutputStream out) {
        OutputStream encoder = Base64.getMimeEncoder().wrap(new FilterOutputStream(out) {
            @Override
            public void write(byte[] octets, int from, int length) throws IOException {
                out.write(octets, from, length);
            }

            @Override
            public void close() {
                // The caller closes the stream.
            }
        });
        return new BodyEncoder() {
            @Override
            public void write(byte[] octets, int from, int length) throws IOException {
                encoder.write(octets, from, length);
            }

            @Override
            public void end() throws IOException {
                encoder.close();
            }
        };
    }

    /** RFC 2045 §6.7, for text whose lines end at CRLF; other control characters are encoded. */
    static BodyEncoder quotedPrintable(OutputStream out) {
        return new QuotedPrintable(out);
    }

    /** The encoder. */
    final class QuotedPrintable implements BodyEncoder {
        private static final int MAX_LINE = 76;
        private static final String HEX = "0123456789ABCDEF";
        private static final int NONE = -1;

        private final OutputStream out;
        private int column;
        /** A blank or a carriage return, whose meaning the next octet decides. */
        private int held = NONE;

        QuotedPrintable(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(byte[] octets, int from, int length) throws IOException {
            for (int at = from; at < from + length; at++) {
                write(octets[at] & 0xFF);
            }
        }

        private void write(int octet) throws IOException {
            if (held == '\r') {
                if (octet == '\n') {
                    held = NONE;
                    out.write('\r');
                    out.write('\n');
                    column = 0;
                    return;
                }
                encoded('\r');
            } else if (held != NONE) {
                // Servers on the way may remove a blank at the end of a line.
                if (octet == '\r') {
                    encoded(held);
                } else {
                    plain(held);
                }
            }
            held = NONE;
            if (octet == ' ' || octet == '\t' || octet == '\r') {
                held = octet;
            } else if (octet > ' ' && octet <= '~' && octet != '=') {
                plain(octet);
            } else {
                encoded(octet);
            }
        }

        private void plain(int octet) throws IOException {
            room(1);
            out.write(octet);
            column++;
        }

        private void encoded(int octet) throws IOException {
            room(3);
            out.write('=');
            out.write(HEX.charAt(octet >> 4));
            out.write(HEX.charAt(octet & 15));
            column += 3;
        }

        private void room(int needed) throws IOException {
            if (column + needed >= MAX_LINE) {
                out.write('=');
                out.write('\r');
                out.write('\n');
                column = 0;
            }
        }

        @Override
        public void end() throws IOException {
            if (held != NONE) {
                encoded(held);
                held = NONE;
            }
        }
    }
}
