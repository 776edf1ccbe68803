package dev.caravan.mail;

import java.util.regex.Pattern;

/**
 * The part of an address after the at sign: a domain name or an address literal (RFC 5321 §4.1.2, §4.1.3). The text is
 * kept as it was given; two domains are equal if they are the same name in DNS: they may differ in case, and one may have
 * U-labels where the other has A-labels (RFC 5890 §2.3.2.1).
 *
 * @param text letters, digits, hyphens and dots, 1 to 255 octets, labels of 1 to 63; the same with U-labels, the limits
 *     being those of the A-labels; or an IPv4 or IPv6 literal in square brackets.
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
        String name = Uts46.isAscii(text) ? text : Uts46.toAscii(text);
        if (!LABELS.matcher(name).matches() && !AddressLiteral.isValid(text)) {
            throw new IllegalArgumentException(
                    "not a domain name or address literal (expected: letters, digits, hyphens, dots; or [address])");
        }
    }

    /** Whether this is an address in square brackets, which needs no DNS lookup. */
    public boolean isLiteral() {
        return text.startsWith("[");
    }

    /** The form to compare and to look up by: lower case, in A-labels. */
    public String key() {
        return Uts46.toAscii(text);
    }

    /** Whether it has no U-label. */
    public boolean isAscii() {
        return Uts46.isAscii(text);
    }

    /** The same name without U-labels. */
    public Domain ascii() {
        return isAscii() ? this : new Domain(key());
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
