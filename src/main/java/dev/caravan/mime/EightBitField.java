package dev.caravan.mime;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Header fields with octets above 127, which many programs write although no standard allows them without SMTPUTF8.
 * Texts and display names become encoded words (RFC 2047 §2), file names become extended parameters (RFC 2231 §4).
 * Other octets above 127 stay as they are. In this class each character of a text is one octet, 0 to 255.
 */
final class EightBitField {
    private static final Set<String> ADDRESSES = Set.of(
            "from",
            "sender",
            "reply-to",
            "to",
            "cc",
            "bcc",
            "resent-from",
            "resent-sender",
            "resent-to",
            "resent-cc",
            "resent-bcc",
            "disposition-notification-to",
            "errors-to");
    private static final Set<String> STRUCTURED = Set.of(
            "received",
            "return-path",
            "message-id",
            "in-reply-to",
            "references",
            "date",
            "resent-date",
            "resent-message-id",
            "mime-version",
            "content-transfer-encoding",
            "content-id",
            "dkim-signature",
            "arc-seal",
            "arc-message-signature",
            "arc-authentication-results",
            "authentication-results",
            "delivered-to",
            "list-unsubscribe",
            "list-post",
            "list-help",
            "list-subscribe",
            "list-owner",
            "list-archive",
            "list-id");
    private static final Set<String> PARAMETERS = Set.of("content-type", "content-disposition");
    private static final Pattern FILE_NAME =
            Pattern.compile("(?i)(;\\s*)((?:file)?name)(\\s*=\\s*)\"([^\"\\\\]*[\\x80-\\xff][^\"\\\\]*)\"");
    private static final int MAX_FILE_NAME = 250;
    /** An encoded word has at most 75 characters (RFC 2047 §2). */
    private static final int OCTETS_IN_WORD = 36;

    private EightBitField() {}

    /** Converts a whole field with its line ends; a field of seven bits stays the same. */
    static String encoded(String name, String field) {
        if (name.isEmpty() || isSevenBit(field)) {
            return field;
        }
        String key = name.toLowerCase(Locale.ROOT);
        int colon = field.indexOf(':') + 1;
        String body = field.substring(colon);
        if (STRUCTURED.contains(key) || body.contains("=?")) {
            return field;
        }
        if (PARAMETERS.contains(key)) {
            return field.substring(0, colon) + fileNames(body);
        }
        if (!isSevenBit(field.substring(0, colon))) {
            return field;
        }
        return field.substring(0, colon) + (ADDRESSES.contains(key) ? addresses(body) : text(body));
    }

    static boolean isSevenBit(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    /** Encodes from the first word that needs it to the last one. */
    private static String text(String body) {
        int first = 0;
        while (body.charAt(first) < 128) {
            first++;
        }
        int last = body.length() - 1;
        while (body.charAt(last) < 128) {
            last--;
        }
        while (first > 0 && !isBlank(body.charAt(first - 1))) {
            first--;
        }
        while (last + 1 < body.length() && !isBlank(body.charAt(last + 1))) {
            last++;
        }
        String before = body.substring(0, first);
        return (before.isEmpty() ? " " : before)
                + words(body.substring(first, last + 1).replace("\r\n", "").replace("\n", ""))
                + body.substring(last + 1);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    /** Encodes the display names before addresses in angle brackets. */
    private static String addresses(String body) {
        StringBuilder out = new StringBuilder();
        for (String one : atCommas(body)) {
            int angle = outsideQuotes(one, '<');
            String phrase = angle < 0 ? "" : one.substring(0, angle);
            boolean isPlain = angle >= 0 && phrase.indexOf('(') < 0 && outsideQuotes(phrase, ':') < 0;
            if (isPlain && !isSevenBit(phrase)) {
                String name = phrase.replaceAll("\\r?\\n", "")
                        .replaceAll("(?<!\\\\)\"", "")
                        .replaceAll("\\\\(.)", "$1")
                        .strip();
                out.append(' ').append(words(name)).append("\r\n ").append(one.substring(angle));
            } else {
                out.append(one);
            }
            out.append(',');
        }
        out.setLength(out.length() - 1);
        return out.toString();
    }

    private static List<String> atCommas(String body) {
        List<String> parts = new ArrayList<>();
        String rest = body;
        for (int comma = outsideQuotes(rest, ','); comma >= 0; comma = outsideQuotes(rest, ',')) {
            parts.add(rest.substring(0, comma));
            rest = rest.substring(comma + 1);
        }
        parts.add(rest);
        return parts;
    }

    private static int outsideQuotes(String text, char wanted) {
        boolean isQuoted = false;
        int comments = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '"' && comments == 0) {
                isQuoted = !isQuoted;
            } else if (!isQuoted && c == '(') {
                comments++;
            } else if (!isQuoted && c == ')' && comments > 0) {
                comments--;
            } else if (c == wanted && !isQuoted && comments == 0) {
                return at;
            }
        }
        return -1;
    }

    private static String fileNames(String body) {
        Matcher matcher = FILE_NAME.matcher(body);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            byte[] octets = matcher.group(4).getBytes(StandardCharsets.ISO_8859_1);
            boolean isFit = octets.length <= MAX_FILE_NAME && isUtf8(octets);
            String replaced =
                    isFit ? matcher.group(1) + matcher.group(2) + "*=utf-8''" + percent(octets) : matcher.group();
            matcher.appendReplacement(out, Matcher.quoteReplacement(replaced));
        }
        return matcher.appendTail(out).toString();
    }

    private static String percent(byte[] octets) {
        StringBuilder out = new StringBuilder();
        for (byte octet : octets) {
            char c = (char) (octet & 0xFF);
            boolean isPlain =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
            out.append(isPlain ? String.valueOf(c) : String.format("%%%02X", (int) c));
        }
        return out.toString();
    }

    /** Encoded words, one a line. Octets that are not UTF-8 get the charset {@code unknown-8bit} (RFC 1428 §3). */
    static String words(String text) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        boolean isUtf8 = isUtf8(octets);
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < octets.length) {
            int to = Math.min(octets.length, at + OCTETS_IN_WORD);
            // A character may not be divided (RFC 2047 §5).
            while (isUtf8 && to < octets.length && (octets[to] & 0xC0) == 0x80) {
                to--;
            }
            byte[] piece = java.util.Arrays.copyOfRange(octets, at, to);
            out.append(at == 0 ? "" : "\r\n ")
                    .append(isUtf8 ? "=?utf-8?B?" : "=?unknown-8bit?B?")
                    .append(Base64.getEncoder().encodeToString(piece))
                    .append("?=");
            at = to;
        }
        return out.toString();
    }

    static boolean isUtf8(byte[] octets) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
