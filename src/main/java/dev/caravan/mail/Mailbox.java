package dev.caravan.mail;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An address as SMTP knows it: {@code local-part@domain} (RFC 5321 §4.1.2).
 *
 * @param localPart as it was written, quotes included; 1 to 64 octets of printable ASCII; a dot-string or a
 *     quoted-string.
 * @param domain where the mailbox is.
 * @throws IllegalArgumentException if the local part is malformed.
 */
public record Mailbox(String localPart, Domain domain) {
    private static final String ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final Pattern DOT_STRING = Pattern.compile(ATEXT + "(?:\\." + ATEXT + ")*");
    private static final Pattern QUOTED_STRING = Pattern.compile("\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\"");
    private static final int MAX_LOCAL_OCTETS = 64;

    public Mailbox {
        if (localPart.length() > MAX_LOCAL_OCTETS) {
            throw new IllegalArgumentException("local part of " + localPart.length() + " octets (expected: <= 64)");
        }
        if (!DOT_STRING.matcher(localPart).matches()
                && !QUOTED_STRING.matcher(localPart).matches()) {
            throw new IllegalArgumentException("malformed local part (expected: a dot-string or a quoted-string)");
        }
    }

    /**
     * Reads {@code local-part@domain}.
     *
     * @throws IllegalArgumentException if the text is not a mailbox.
     */
    public static Mailbox parse(String text) {
        int at = text.lastIndexOf('@');
        if (at < 1) {
            throw new IllegalArgumentException("not a mailbox (expected: local-part@domain)");
        }
        return new Mailbox(text.substring(0, at), new Domain(text.substring(at + 1)));
    }

    /** The local part without quotes and backslashes, in lower case: the form to look up users by. */
    public String localKey() {
        return unquoted().toLowerCase(Locale.ROOT);
    }

    /** The local part without quotes and backslashes, case kept. */
    public String unquoted() {
        if (!localPart.startsWith("\"")) {
            return localPart;
        }
        return localPart.substring(1, localPart.length() - 1).replaceAll("\\\\(.)", "$1");
    }

    @Override
    public String toString() {
        return localPart + "@" + domain;
    }
}
