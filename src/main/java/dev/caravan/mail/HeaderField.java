package dev.caravan.mail;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A field that the server writes into the header of a message (RFC 5322 §2.2).
 *
 * @param name printable ASCII without colon and blank, 1 to 64 characters.
 * @param body masked to printable ASCII and cut to {@value #MAX_BODY} characters, so that text from the network cannot
 *     begin another field.
 */
public record HeaderField(String name, String body) {
    /** A line has at most 998 octets (RFC 5322 §2.1.1). */
    static final int MAX_BODY = 900;

    private static final Pattern NAME = Pattern.compile("[!-9;-~]{1,64}");

    /** @throws IllegalArgumentException if the name has another form. */
    public HeaderField {
        requireName(name);
        body = Printable.line(body, MAX_BODY);
    }

    /**
     * Checks a field's name.
     *
     * @return the name.
     * @throws IllegalArgumentException if it has another form.
     */
    public static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "not a field name (expected: 1 to 64 printable ASCII characters, no colon, no blank)");
        }
        return name;
    }

    /** The field as it stands in a content, its line end included. */
    public byte[] octets() {
        return (name + ": " + body + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
