package dev.caravan.mail;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The encoding of parameter values: a plus sign and two capital hexadecimal digits for each character that is not
 * allowed (RFC 3461 §4).
 */
public final class Xtext {
    private static final String HEX = "0123456789ABCDEF";
    private static final int MAX_OCTET = 0xff;

    private Xtext() {}

    /**
     * Encodes text.
     *
     * @param text octets as characters 0 to 255.
     * @throws IllegalArgumentException if a character is above 255.
     */
    public static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                encoded.append(c);
            } else if (c <= MAX_OCTET) {
                encoded.append('+').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            } else {
                throw new IllegalArgumentException("character " + (int) c + " in xtext (expected: <= 255)");
            }
        }
        return encoded.toString();
    }

    /**
     * Decodes text.
     *
     * @throws IllegalArgumentException if the text is not xtext.
     */
    public static String decode(String text) {
        if (text.indexOf('+') < 0) {
            for (int i = 0; i < text.length(); i++) {
                requirePlain(text.charAt(i));
            }
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '+') {
                decoded.append((char) (digit(text, i + 1) << 4 | digit(text, i + 2)));
                i += 2;
            } else {
                requirePlain(c);
                decoded.append(c);
            }
        }
        return decoded.toString();
    }

    /** Encodes text as the octets of its UTF-8; ASCII as {@link #encode} does. */
    public static String encodeUtf8(String text) {
        return Uts46.isAscii(text)
                ? encode(text)
                : encode(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    /**
     * Decodes text that {@link #encodeUtf8} encoded.
     *
     * @throws IllegalArgumentException if the text is not xtext, or its octets are not UTF-8.
     */
    public static String decodeUtf8(String text) {
        String octets = decode(text);
        if (Uts46.isAscii(octets)) {
            return octets;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("octets in xtext that are not UTF-8", e);
        }
    }

    private static boolean isPlain(char c) {
        return c >= '!' && c <= '~' && c != '+' && c != '=';
    }

    private static void requirePlain(char c) {
        if (!isPlain(c)) {
            throw new IllegalArgumentException("character " + (int) c + " in xtext (expected: +HH for it)");
        }
    }

    private static int digit(String text, int index) {
        int digit = index < text.length() ? HEX.indexOf(text.charAt(index)) : -1;
        if (digit < 0) {
            throw new IllegalArgumentException("malformed xtext (expected: two capital hexadecimal digits after +)");
        }
        return digit;
    }
}
