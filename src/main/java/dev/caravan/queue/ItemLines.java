package dev.caravan.queue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code name: value} lines of a stored queue item, read by name in any order, and the attributes that this version
 * does not know. Work and memory grow only with the number of octets. Malformed lines throw an
 * {@link IllegalArgumentException}.
 */
final class ItemLines {
    /** The first line of every item of every version. */
    static final String VERSION = "Caravan-Item";
    /** The id of the item, and so of its file in the spool. It has the same form in every version. */
    static final String ID = "Id";

    // Attributes that came after the first release: critical ones, except for the priority.
    static final String BINARY = "Binary";
    static final String UTF8 = "Utf8";
    static final String AUTH = "Auth";
    static final String RELEASE_AT = "Release-At";
    static final String TLS = "tls";
    static final String ROLE = "role";
    static final String USER = "user";
    static final String SERVER_NAME = "tls-server-name";
    static final String CERTIFICATE = "tls-client";
    static final String PRIORITY = "priority";
    static final String DELIVER_BY = "Deliver-By";
    static final String REQUIRE_TLS = "Require-Tls";
    /** The value of an attribute that has only one. */
    static final String YES = "yes";
    /** The value of {@link #AUTH} for the null path. */
    static final String NULL_PATH = "<>";

    /** For how long the item was suspended in seconds, and since when it is. */
    static final String SUSPENDED = "suspended";

    static final String ATTEMPT = "Attempt";
    static final String RECIPIENT = "Recipient";

    private static final Set<String> SINGLE = Set.of(
            ID,
            "Arrived",
            "Protocol",
            "Helo",
            "Remote",
            TLS,
            ROLE,
            USER,
            SERVER_NAME,
            CERTIFICATE,
            "Outcomes-To",
            "Reverse-Path",
            "Body",
            "Ret",
            "Envid",
            BINARY,
            UTF8,
            AUTH,
            RELEASE_AT,
            PRIORITY,
            DELIVER_BY,
            REQUIRE_TLS,
            "Transport",
            "Domain",
            "Attempts",
            "Next-Attempt",
            SUSPENDED,
            "held-at",
            "held-by",
            "held-reason",
            "Content");

    private static final int MAX_VERSION_DIGITS = 9;
    private static final String SUPPORTED = "1";

    private final byte[] octets;
    private final Map<String, String> single = new HashMap<>(32);
    private final List<String> attempts = new ArrayList<>(0);
    private final List<String> recipients = new ArrayList<>(1);
    private final List<UnknownAttribute> unknown = new ArrayList<>(0);
    private int unknownOctets;
    private int at;

    /**
     * Reads all lines up to the empty one.
     *
     * @throws UnsupportedItemException if the item is of a newer version, or has an unknown critical attribute, or more
     *     unknown attributes than are kept.
     */
    ItemLines(byte[] octets) throws UnsupportedItemException {
        this.octets = octets;
        requireVersion(octets);
        at = VERSION.length() + 2 + SUPPORTED.length() + 1;
        while (at < octets.length && octets[at] != '\n') {
            line();
        }
        if (at >= octets.length) {
            throw new IllegalArgumentException("no empty line (expected at octet " + at + ")");
        }
        at++;
    }

    private static void requireVersion(byte[] octets) throws UnsupportedItemException {
        int end = lineEnd(octets, 0);
        if (!startsWith(octets, 0, VERSION + ": ")) {
            throw new IllegalArgumentException("no line " + VERSION + " (expected at octet 0)");
        }
        int from = VERSION.length() + 2;
        String version = latin(octets, from, Math.min(end, from + MAX_VERSION_DIGITS + 1));
        if (version.equals(SUPPORTED)) {
            return;
        }
        boolean isNumber = !version.isEmpty()
                && version.length() <= MAX_VERSION_DIGITS
                && version.charAt(0) != '0'
                && version.chars().allMatch(c -> c >= '0' && c <= '9');
        if (isNumber) {
            throw new UnsupportedItemException(
                    "item of version " + version + " (expected: " + SUPPORTED + ")", idOf(octets));
        }
        throw new IllegalArgumentException("item of no version (expected: " + SUPPORTED + ")");
    }

    private void line() throws UnsupportedItemException {
        int end = lineEnd(octets, at);
        int colon = at;
        while (colon < end && octets[colon] != ':') {
            colon++;
        }
        if (end - colon < 2 || octets[colon + 1] != ' ') {
            throw new IllegalArgumentException("no attribute at octet " + at + " (expected: name: value)");
        }
        String name = latin(octets, at, colon);
        int from = colon + 2;
        at = end + 1;
        if (name.equals(RECIPIENT)) {
            recipients.add(ascii(name, from, end));
        } else if (name.equals(ATTEMPT)) {
            attempts.add(ascii(name, from, end));
        } else if (SINGLE.contains(name)) {
            if (single.put(name, ascii(name, from, end)) != null) {
                throw new IllegalArgumentException("two lines " + name + " (expected: one)");
            }
        } else {
            unknown(new UnknownAttribute(name, latin(octets, from, end)));
        }
    }

    private void unknown(UnknownAttribute attribute) throws UnsupportedItemException {
        if (attribute.isCritical()) {
            throw unsupported(
                    "attribute " + attribute.name() + " must be understood, and this version does not know it");
        }
        unknownOctets += attribute.octets();
        if (unknown.size() == ItemAttributes.MAX_UNKNOWN || unknownOctets > ItemAttributes.MAX_UNKNOWN_OCTETS) {
            throw unsupported("more unknown attributes than are kept (expected: " + ItemAttributes.MAX_UNKNOWN + " of "
                    + ItemAttributes.MAX_UNKNOWN_OCTETS + " octets in all)");
        }
        unknown.add(attribute);
    }

    /**
     * The exception for an item that is well-formed as far as this version can tell, but must be left to a newer one.
     */
    UnsupportedItemException unsupported(String reason) {
        return new UnsupportedItemException(reason, idOf(octets));
    }

    /**
     * The item's id alone, for items of every version.
     *
     * @return empty if no line before the empty line has it.
     */
    static Optional<ItemId> idOf(byte[] octets) {
        if (!startsWith(octets, 0, VERSION + ": ")) {
            return Optional.empty();
        }
        int from = 0;
        while (from < octets.length && octets[from] != '\n') {
            int end = from;
            while (end < octets.length && octets[end] != '\n') {
                end++;
            }
            if (end < octets.length && startsWith(octets, from, ID + ": ")) {
                try {
                    return Optional.of(ItemId.parse(latin(octets, from + ID.length() + 2, end)));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
            from = end + 1;
        }
        return Optional.empty();
    }

    private static int lineEnd(byte[] octets, int from) {
        int end = from;
        while (end < octets.length && octets[end] != '\n') {
            end++;
        }
        if (end == octets.length) {
            throw new IllegalArgumentException("line at octet " + from + " cut short (expected: LF)");
        }
        return end;
    }

    private static boolean startsWith(byte[] octets, int from, String text) {
        if (octets.length - from < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (octets[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String latin(byte[] octets, int from, int to) {
        return new String(octets, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private String ascii(String name, int from, int to) {
        for (int i = from; i < to; i++) {
            if (octets[i] < ' ' || octets[i] > '~') {
                throw new IllegalArgumentException(
                        "octet " + (octets[i] & 0xff) + " in " + name + " (expected: ASCII)");
            }
        }
        return latin(octets, from, to);
    }

    String required(String name) {
        String value = single.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no line " + name + " (expected: one)");
        }
        return value;
    }

    Optional<String> optional(String name) {
        return Optional.ofNullable(single.get(name));
    }

    /** Whether there is a line of an attribute whose only value is {@link #YES}. */
    boolean flag(String name) {
        String value = single.get(name);
        if (value != null && !value.equals(YES)) {
            throw new IllegalArgumentException("another " + name + " (expected: " + YES + ")");
        }
        return value != null;
    }

    /** The values of all lines {@code Attempt}, in their order. */
    List<String> attempts() {
        return attempts;
    }

    /** The values of all lines {@code Recipient}, in their order. */
    List<String> recipients() {
        return recipients;
    }

    /** The attributes that this version does not know, in their order. */
    List<UnknownAttribute> unknown() {
        return unknown;
    }

    /** Where the content begins. */
    int endOfHeader() {
        return at;
    }

    /** Text with {@code \\} and {@code \n} unescaped. */
    static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            at++;
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            String escape = at < text.length() ? text.substring(at, at + 1) : "";
            plain.append(choice(escape, "\\", "\\", "n", "\n"));
            at++;
        }
        return plain.toString();
    }

    /** Returns one of two values for one of two words. */
    static <T> T choice(String text, String firstWord, T first, String secondWord, T second) {
        if (text.equals(firstWord)) {
            return first;
        }
        if (text.equals(secondWord)) {
            return second;
        }
        throw new IllegalArgumentException("unknown word (expected: " + firstWord + " or " + secondWord + ")");
    }
}
