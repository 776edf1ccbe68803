package dev.caravan.auth;

import java.nio.charset.StandardCharsets;

/** Values of extra fields: what would end a field, a part or a line is percent-encoded. */
final class ExtraText {
    private ExtraText() {}

    static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            if (c <= ' ' || c >= 0x7f || c == '%' || c == ':' || c == ';') {
                encoded.append(String.format("%%%02X", (int) c));
            } else {
                encoded.append(c);
            }
        }
        return encoded.toString();
    }

    /** @throws IllegalArgumentException if a percent sign is not followed by two hexadecimal digits. */
    static String decode(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        byte[] decoded = new byte[octets.length];
        int length = 0;
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] == '%') {
                int high = i + 2 <= octets.length - 1 ? Character.digit(octets[i + 1], 16) : -1;
                int low = i + 2 <= octets.length - 1 ? Character.digit(octets[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw new IllegalArgumentException("malformed % in an extra field (expected: such as %3A)");
                }
                decoded[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                decoded[length++] = octets[i];
            }
        }
        return new String(decoded, 0, length, StandardCharsets.UTF_8);
    }
}
