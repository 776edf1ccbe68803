package dev.caravan.mail;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The part of an address after the at sign: a domain name or an address literal (RFC 5321 §4.1.2, §4.1.3). The text is
 * kept as it was given; two domains are equal if they differ in case only.
 *
 * @param text letters, digits, hyphens and dots, 1 to 255 octets, labels of 1 to 63; or an IPv4 or IPv6 literal in
 *     square brackets.
 */
public record Domain(String text) {
    private static final Pattern LABELS = Pattern.compile(
            "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*");
    private static final int MAX_OCTETS = 255;

    /** @throws IllegalArgumentException if the text is neither. */
    public Domain {
        if (text.length() > MAX_OCTETS) {
            throw new IllegalArgumentException("domain of " + text.length() + " octets (expected: <= 255)");
        }
        if (!LABELS.matcher(text).matches() && !AddressLiteral.isValid(text)) {
            throw new IllegalArgumentException(
                    "not a domain name or address literal (expected: letters, digits, hyphens, dots; or [address])");
        }
    }

    /** Whether this is an address in square brackets, which needs no DNS lookup. */
    public boolean isLiteral() {
        return text.startsWith("[");
    }

    /** The form to compare and to look up by: lower case. */
    public String key() {
        return text.toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Domain domain && domain.key().equals(key());
    }

    @Override
    public int hashCode() {
        return key().hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
