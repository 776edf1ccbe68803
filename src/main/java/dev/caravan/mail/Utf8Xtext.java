package dev.caravan.mail;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses of the type {@code utf-8} as ORCPT and reports have them: a character that is not allowed is
 * <code>&#92;x{HEX}</code> with the number of its code point (RFC 6533 §3).
 */
public final class Utf8Xtext {
    private static final Pattern ESCAPE = Pattern.compile("\\\\x\\{([0-9A-Fa-f]{2,6})\\}");
    private static final int ASCII = 128;

    private Utf8Xtext() {}

    /** The form in ASCII, {@code utf-8-addr-xtext}. */
    public static String encode(String address) {
        return encoded(address, false);
    }

    /** The form in UTF-8, {@code utf-8-addr-unitext}. */
    public static String encodeUnicode(String address) {
        return encoded(address, true);
    }

    private static String encoded(String address, boolean isUnicode) {
        StringBuilder out = new StringBuilder(address.length() + 16);
        address.codePoints().forEach(point -> {
            boolean isPlain = point > ' ' && point < 0x7F && point != '\\' && point != '+' && point != '=';
            if (isPlain || (isUnicode && point >= ASCII)) {
                out.appendCodePoint(point);
            } else {
                out.append(String.format("\\x{%02X}", point));
            }
        });
        return out.toString();
    }

    /**
     * The address.
     *
     * @param text either form, or one in which both are mixed.
     * @throws IllegalArgumentException if it is malformed.
     */
    public static String decode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher matcher = ESCAPE.matcher(text);
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                if (!matcher.find(at) || matcher.start() != at) {
                    throw malformed();
                }
                int point = Integer.parseInt(matcher.group(1).toUpperCase(Locale.ROOT), 16);
                boolean isCharacter = Character.isValidCodePoint(point) && (point < 0xD800 || point > 0xDFFF);
                if (!isCharacter) {
                    throw malformed();
                }
                out.appendCodePoint(point);
                at = matcher.end();
            } else if (c <= ' ' || c == 0x7F || c == '+' || c == '=') {
                throw malformed();
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("malformed utf-8 address (expected: \\x{HEX} for other characters)");
    }
}
