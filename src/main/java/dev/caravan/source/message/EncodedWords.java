package dev.caravan.source.message;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Encoded words for text that is not ASCII, or too long for a line (RFC 2047). */
final class EncodedWords {
    private static final String START = "=?UTF-8?";
    /** The maximum encoded text of one word: 75 characters (RFC 2047 §2) minus the delimiters. */
    private static final int MOST = 75 - START.length() - "Q?".length() - "?=".length();

    private EncodedWords() {}

    /**
     * Encodes a text as words. Each word contains whole characters only and uses only characters that are allowed in a
     * phrase (RFC 2047 §5 (3)), so that it is valid in every field.
     */
    static List<String> of(String text) {
        // The Q encoding is readable while the text is mostly ASCII.
        boolean isQuoted = 2 * text.chars().filter(c -> c >= 0x80).count() <= text.length();
        List<String> words = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            String character = Character.toString(text.codePointAt(at));
            int length = isQuoted ? quotedLength(piece + character) : base64Length(piece + character);
            if (length > MOST) {
                words.add(word(piece.toString(), isQuoted));
                piece.setLength(0);
            }
            piece.append(character);
            at += character.length();
        }
        if (piece.length() > 0) {
            words.add(word(piece.toString(), isQuoted));
        }
        return words;
    }

    private static String word(String piece, boolean isQuoted) {
        byte[] octets = piece.getBytes(StandardCharsets.UTF_8);
        if (!isQuoted) {
            return START + "B?" + Base64.getEncoder().encodeToString(octets) + "?=";
        }
        StringBuilder word = new StringBuilder(START).append("Q?");
        for (byte octet : octets) {
            if (isPlain(octet)) {
                word.append(octet == ' ' ? '_' : (char) octet);
            } else {
                word.append(String.format("=%02X", octet & 0xFF));
            }
        }
        return word.append("?=").toString();
    }

    private static int quotedLength(String text) {
        int length = 0;
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            length += isPlain(octet) ? 1 : 3;
        }
        return length;
    }

    private static int base64Length(String text) {
        return (text.getBytes(StandardCharsets.UTF_8).length + 2) / 3 * 4;
    }

    private static boolean isPlain(byte octet) {
        return (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || (octet >= '0' && octet <= '9')
                || "!*+-/ ".indexOf(octet) >= 0;
    }
}
