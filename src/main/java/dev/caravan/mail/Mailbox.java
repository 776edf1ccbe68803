package dev.caravan.mail;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An address in SMTP: {@code local-part@domain} (RFC 5321 §4.1.2).
 *
 * <p>A local part may have more than the 64 octets that every server must accept (RFC 5321 §4.5.3.1.1): VERP, SRS and
 * BATV addresses, and those of systems that process replies, need it, and the RFC asks servers to set no limit where
 * possible (RFC 5321 §4.5.3.1). The limit is on the whole address.
 *
 * @param localPart as it was written, quotes included; printable ASCII; a dot-string or a quoted-string.
 * @param domain where the mailbox is.
 */
public record Mailbox(String localPart, Domain domain) {
    /** The longest local part and the longest domain of the RFC together, with the at sign. */
    public static final int MAX_OCTETS = 64 + 1 + 255;

    private static final String ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final Pattern DOT_STRING = Pattern.compile(ATEXT + "(?:\\." + ATEXT + ")*");
    private static final Pattern QUOTED_STRING = Pattern.compile("\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\"");

    /**
     * @throws IllegalArgumentException if the local part is malformed or the address has more than {@value #MAX_OCTETS}
     *     octets.
     */
    public Mailbox {
        int octets = localPart.length() + 1 + domain.text().length();
        if (octets > MAX_OCTETS) {
            throw new IllegalArgumentException("address of " + octets + " octets (expected: <= " + MAX_OCTETS + ")");
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

    /** The whole address in the form in which addresses are compared: lower case, the local part unquoted. */
    public String key() {
        return localKey() + "@" + domain.key();
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
