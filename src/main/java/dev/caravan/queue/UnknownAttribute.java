package dev.caravan.queue;

/**
 * An attribute of a queue item that this version does not know. It is kept, and written back when the item is.
 *
 * @param name a letter, then letters, digits and hyphens. One that begins with an upper-case letter is critical: a server
 *     that does not know it must leave the item alone.
 * @param value the octets after {@code name: }, as characters of ISO 8859-1; no line feed.
 */
public record UnknownAttribute(String name, String value) {
    /** @throws IllegalArgumentException if the name has another form. */
    public UnknownAttribute {
        requireName(name);
    }

    static void requireName(String name) {
        if (name.isEmpty() || !isLetter(name.charAt(0)) || !name.chars().allMatch(UnknownAttribute::isNameCharacter)) {
            throw new IllegalArgumentException("malformed name of an attribute (expected: letters, digits, hyphens)");
        }
    }

    /** Whether a name, of an attribute or of a word in a recipient's line, is critical. */
    static boolean isCritical(String name) {
        return name.charAt(0) >= 'A' && name.charAt(0) <= 'Z';
    }

    boolean isCritical() {
        return isCritical(name);
    }

    /** How many octets its line takes. */
    int octets() {
        return name.length() + value.length() + ": \n".length();
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isNameCharacter(int c) {
        return isLetter(c) || (c >= '0' && c <= '9') || c == '-';
    }
}
