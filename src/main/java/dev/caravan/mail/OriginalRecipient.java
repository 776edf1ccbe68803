package dev.caravan.mail;

import java.util.regex.Pattern;

/**
 * The address that the sender first used for a recipient: ORCPT (RFC 3461 §4.2).
 *
 * @param type an address type such as {@code rfc822}; an atom of at most 64 octets.
 * @param address decoded; printable ASCII of at most 500 characters; if the type is {@code utf-8}, in any case, also
 *     {@link SafeCharacters}.
 */
public record OriginalRecipient(String type, String address) {
    private static final Pattern ATOM = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}");
    /** The type of addresses that may have other characters than ASCII (RFC 6533 §3). */
    public static final String UTF_8 = "utf-8";

    /** The type of addresses in ASCII (RFC 3461 §4.2). */
    private static final String RFC_822 = "rfc822";

    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,500}");
    private static final Pattern UNICODE = Pattern.compile("[ -~\\x{80}-\\x{10FFFF}]{1,500}");

    /** @throws IllegalArgumentException if a part is malformed. */
    public OriginalRecipient {
        if (!ATOM.matcher(type).matches()) {
            throw new IllegalArgumentException("malformed address type (expected: an atom such as rfc822)");
        }
        boolean isUnicode =
                type.equalsIgnoreCase(UTF_8) && UNICODE.matcher(address).matches() && SafeCharacters.areSafe(address);
        if (!isUnicode && !PRINTABLE.matcher(address).matches()) {
            throw new IllegalArgumentException("original recipient is not printable ASCII of 1 to 500 octets");
        }
    }

    /** An address of a message as the original one. */
    public static OriginalRecipient of(ForwardPath path) {
        return new OriginalRecipient(path.mailbox().isAscii() ? RFC_822 : UTF_8, path.address());
    }

    /** Whether it is of the type {@code utf-8}. */
    public boolean isUtf8() {
        return type.equalsIgnoreCase(UTF_8);
    }
}
