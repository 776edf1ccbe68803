package dev.caravan.mail;

/**
 * The encoding of ENVID and ORCPT values: printable ASCII in which {@code +}, {@code =}, spaces and everything outside
 * {@code !} to {@code ~} is written as {@code +} and two upper-case hexadecimal digits (RFC 3461 §4).
 */
public final class Xtext {
    private static final String HEX = "0123456789ABCDEF";

    private Xtext() {}

    /**
     * Encodes a text.
     *
     * @param text characters of one octet each (0 to 255).
     * @throws IllegalArgumentException if a character is above 255.
     */
    public static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0xFF) {
                throw new IllegalArgumentException("character " + (int) c + " has no xtext form (expected: <= 255)");
            }
            if (isPlain(c)) {
                encoded.append(c);
            } else {
                encoded.append('+').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return encoded.toString();
    }

    /**
     * Decodes xtext; the result may hold any character from 0 to 255, and the caller says which it takes.
     *
     * @throws IllegalArgumentException if the text is not xtext.
     */
    public static String decode(String xtext) {
        StringBuilder decoded = new StringBuilder(xtext.length());
        for (int i = 0; i < xtext.length(); i++) {
            char c = xtext.charAt(i);
            if (isPlain(c)) {
                decoded.append(c);
            } else if (c == '+' && i + 2 < xtext.length()) {
                decoded.append((char) (digit(xtext.charAt(i + 1)) << 4 | digit(xtext.charAt(i + 2))));
                i += 2;
            } else {
                throw malformed();
            }
        }
        return decoded.toString();
    }

    private static boolean isPlain(char c) {
        return c >= '!' && c <= '~' && c != '+' && c != '=';
    }

    private static int digit(char c) {
        int digit = HEX.indexOf(c);
        if (digit < 0) {
            throw malformed();
        }
        return digit;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "not xtext (expected: printable ASCII, with + and two upper-case hexadecimal digits for the rest)");
    }
}
