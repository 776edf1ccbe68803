package dev.caravan.mail;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address in SMTP: {@code local-part@domain} (RFC 5321 §4.1.2).
 *
 * <p>A local part may have more than the 64 octets that every server must accept (RFC 5321 §4.5.3.1.1): VERP, SRS and
 * BATV addresses, and those of systems that process replies, need it, and the RFC asks servers to set no limit where
 * possible (RFC 5321 §4.5.3.1). The limit is on the whole address.
 *
 * @param localPart as it was written, quotes included; a dot-string or a quoted-string of printable ASCII and
 *     {@link SafeCharacters} (RFC 6531 §3.3).
 * @param domain where the mailbox is.
 */
public record Mailbox(String localPart, Domain domain) {
    /** The longest local part and the longest domain of the RFC together, with the at sign. */
    public static final int MAX_OCTETS = 64 + 1 + 255;

    private static final String ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}-]+";
    private static final Pattern DOT_STRING = Pattern.compile(ATEXT + "(?:\\." + ATEXT + ")*");
    private static final Pattern QUOTED_STRING =
            Pattern.compile("\"(?:[ !#-\\[\\]-~\\x{80}-\\x{10FFFF}]|\\\\[ -~])*\"");

    /**
     * @throws IllegalArgumentException if the local part is malformed or the address has more than {@value #MAX_OCTETS}
     *     octets.
     */
    public Mailbox {
        int octets = octets(localPart) + 1 + octets(domain.text());
        if (octets > MAX_OCTETS) {
            throw new IllegalArgumentException("address of " + octets + " octets (expected: <= " + MAX_OCTETS + ")");
        }
        if (!DOT_STRING.matcher(localPart).matches()
                && !QUOTED_STRING.matcher(localPart).matches()) {
            throw new IllegalArgumentException("malformed local part (expected: a dot-string or a quoted-string)");
        }
        if (!Uts46.isAscii(localPart) && !SafeCharacters.areSafe(localPart)) {
            throw new IllegalArgumentException("local part with a control, format or private character, or such a blank"
                    + " (expected: letters, digits, signs)");
        }
    }

    private static int octets(String text) {
        return Uts46.isAscii(text) ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Whether local part and domain are ASCII. */
    public boolean isAscii() {
        return Uts46.isAscii(localPart) && domain.isAscii();
    }

    /** The same mailbox in ASCII, its domain in A-labels; empty if the local part is not ASCII. */
    public Optional<Mailbox> ascii() {
        if (isAscii()) {
            return Optional.of(this);
        }
        return Uts46.isAscii(localPart) ? Optional.of(new Mailbox(localPart, domain.ascii())) : Optional.empty();
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

    /** The local part without quotes and backslashes, as {@link #localKey(String)}: the form to look up users by. */
    public String localKey() {
        return localKey(unquoted());
    }

    /**
     * The form in which names of users are compared: in lower case, letter by letter, and in the normalization form NFC
     * (RFC 6532 §3.1). No letter of another script becomes one of ASCII by lower case.
     */
    public static String localKey(String name) {
        if (Uts46.isAscii(name)) {
            return name.toLowerCase(Locale.ROOT);
        }
        StringBuilder key = new StringBuilder(name.length());
        Normalizer.normalize(name, Normalizer.Form.NFC).codePoints().forEach(point -> {
            int lower = Character.toLowerCase(point);
            key.appendCodePoint(lower < 128 && point >= 128 ? point : lower);
        });
        return Normalizer.normalize(key, Normalizer.Form.NFC);
    }

    /** The whole address in the form in which addresses are compared: both parts as their keys, the local part unquoted. */
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
