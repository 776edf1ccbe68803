package dev.caravan.mail;

import java.util.regex.Pattern;

/**
 * The address that the sender first used for a recipient: ORCPT (RFC 3461 §4.2).
 *
 * @param type an address type such as {@code rfc822}; an atom of at most 64 octets.
 * @param address decoded from xtext; printable ASCII of at most 500 octets.
 */
public record OriginalRecipient(String type, String address) {
    private static final Pattern ATOM = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}");
    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,500}");

    /** @throws IllegalArgumentException if a part is malformed. */
    public OriginalRecipient {
        if (!ATOM.matcher(type).matches()) {
            throw new IllegalArgumentException("malformed address type (expected: an atom such as rfc822)");
        }
        if (!PRINTABLE.matcher(address).matches()) {
            throw new IllegalArgumentException("original recipient is not printable ASCII of 1 to 500 octets");
        }
    }
}
