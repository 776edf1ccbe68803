package dev.caravan.mime;

import java.util.Locale;
import java.util.Optional;

/**
 * The parts of a Content-Type field that matter for the structure of a message (RFC 2045 §5.1).
 *
 * @param name type and subtype in lower case, such as {@code multipart/mixed}; empty if malformed.
 * @param boundary of a multipart, without quotes.
 */
record MediaType(String name, Optional<String> boundary) {
    private static final int MAX_BOUNDARY = 200;

    /** Reads the body of a field, unfolded; never fails. */
    static MediaType of(String body) {
        int at = body.indexOf(';');
        String name = without(at < 0 ? body : body.substring(0, at)).strip().toLowerCase(Locale.ROOT);
        return new MediaType(name, at < 0 ? Optional.empty() : boundary(body, at));
    }

    private static String without(String text) {
        int comment = text.indexOf('(');
        return comment < 0 ? text : text.substring(0, comment);
    }

    private static Optional<String> boundary(String body, int from) {
        int at = from;
        while (at < body.length()) {
            // The index of a semicolon.
            at++;
            int equals = at;
            while (equals < body.length() && body.charAt(equals) != '=' && body.charAt(equals) != ';') {
                equals++;
            }
            if (equals >= body.length() || body.charAt(equals) == ';') {
                at = equals;
                continue;
            }
            String name = body.substring(at, equals).strip();
            StringBuilder value = new StringBuilder();
            at = value(body, equals + 1, value);
            if (name.equalsIgnoreCase("boundary")) {
                String text = value.toString().stripTrailing();
                return text.isEmpty() || text.length() > MAX_BOUNDARY ? Optional.empty() : Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /** Reads one value; returns the place of the next semicolon, or of the end. */
    private static int value(String body, int from, StringBuilder value) {
        int at = from;
        while (at < body.length() && (body.charAt(at) == ' ' || body.charAt(at) == '\t')) {
            at++;
        }
        if (at < body.length() && body.charAt(at) == '"') {
            at++;
            while (at < body.length() && body.charAt(at) != '"') {
                if (body.charAt(at) == '\\' && at + 1 < body.length()) {
                    at++;
                }
                value.append(body.charAt(at++));
            }
            while (at < body.length() && body.charAt(at) != ';') {
                at++;
            }
            return at;
        }
        while (at < body.length() && body.charAt(at) != ';') {
            value.append(body.charAt(at++));
        }
        String bare = without(value.toString()).strip();
        value.setLength(0);
        value.append(bare);
        return at;
    }

    boolean isMultipart() {
        return name.startsWith("multipart/");
    }
}
