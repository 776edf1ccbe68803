package dev.caravan.source.message;

import java.io.IOException;

/**
 * Decodes base64 incrementally. Skips white space, because programs fold base64; refuses any other foreign character,
 * because a file with gaps is worth less than none. Accepts missing padding at the end.
 */
final class Base64Sink implements JsonStream.Sink {
    private static final int DIGITS = 4;
    private static final int GATHERED = 6 * 1024;

    private final JsonStream.Sink out;
    private final byte[] decoded = new byte[GATHERED];
    private int count;
    private int group;
    private int digits;
    private int padding;

    Base64Sink(JsonStream.Sink out) {
        this.out = out;
    }

    @Override
    public void write(byte[] octets, int from, int length) throws IOException, InvalidSubmissionException {
        for (int i = from; i < from + length; i++) {
            int octet = octets[i];
            if (octet == '\r' || octet == '\n' || octet == ' ' || octet == '\t') {
                continue;
            }
            if (octet == '=') {
                padding++;
                continue;
            }
            int value = value(octet);
            if (value < 0 || padding > 0) {
                throw notBase64();
            }
            group = group << 6 | value;
            if (++digits == DIGITS) {
                put(3, group);
                group = 0;
                digits = 0;
            }
        }
    }

    /** Writes the remaining octets. */
    void end() throws IOException, InvalidSubmissionException {
        if (digits == 1 || (padding > 0 && (digits == 0 || digits + padding != DIGITS))) {
            throw notBase64();
        }
        if (digits == 2) {
            put(1, group << 12);
        } else if (digits == 3) {
            put(2, group << 6);
        }
        flush();
    }

    private void put(int octets, int bits) throws IOException, InvalidSubmissionException {
        if (count + octets > decoded.length) {
            flush();
        }
        for (int i = 0; i < octets; i++) {
            decoded[count++] = (byte) (bits >> (16 - 8 * i));
        }
    }

    private void flush() throws IOException, InvalidSubmissionException {
        out.write(decoded, 0, count);
        count = 0;
    }

    private static int value(int octet) {
        if (octet >= 'A' && octet <= 'Z') {
            return octet - 'A';
        }
        if (octet >= 'a' && octet <= 'z') {
            return octet - 'a' + 26;
        }
        if (octet >= '0' && octet <= '9') {
            return octet - '0' + 52;
        }
        return octet == '+' ? 62 : octet == '/' ? 63 : -1;
    }

    private static InvalidSubmissionException notBase64() {
        return InvalidSubmissionException.unacceptable("content of an attachment (expected: base64)");
    }
}
