package dev.caravan.queue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The words of a recipient's line: the path, then {@code name=value} or {@code name} in any order, and at the end
 * {@code reply=}, whose value is the rest of the line. As with attributes, unknown words are kept, and a name that begins
 * with an upper-case letter is critical.
 */
final class RecipientWords {
    private static final String REPLY = "reply=";
    private static final Set<String> VALUES = Set.of("notify", "orcpt", "status", "remote");
    private static final Set<String> FLAGS = Set.of("warned", "hopeless");

    private final String path;
    private final Map<String, String> values = new HashMap<>(8);
    private final Set<String> flags = new HashSet<>(2);
    private final StringBuilder unknown = new StringBuilder(0);
    private Optional<String> reply = Optional.empty();
    private Optional<String> unsupported = Optional.empty();

    RecipientWords(String line) {
        int end = wordEnd(line, 0);
        this.path = line.substring(0, end);
        while (end < line.length()) {
            int from = end + 1;
            if (line.startsWith(REPLY, from)) {
                reply = Optional.of(ItemLines.unescaped(line.substring(from + REPLY.length())));
                return;
            }
            end = wordEnd(line, from);
            word(line.substring(from, end));
        }
    }

    private static int wordEnd(String line, int from) {
        int space = line.indexOf(' ', from);
        return space < 0 ? line.length() : space;
    }

    private void word(String word) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        boolean isNew = true;
        if (equals >= 0 && VALUES.contains(name)) {
            isNew = values.put(name, word.substring(equals + 1)) == null;
        } else if (equals < 0 && FLAGS.contains(name)) {
            isNew = flags.add(name);
        } else {
            unknown(name, word);
        }
        if (!isNew) {
            throw new IllegalArgumentException("two words " + name + " in recipient (expected: one)");
        }
    }

    private void unknown(String name, String word) {
        UnknownAttribute.requireName(name);
        if (UnknownAttribute.isCritical(name)) {
            unsupported = Optional.of(
                    "word " + name + " of a recipient must be understood, and this version does not know it");
        }
        unknown.append(' ').append(word);
        if (unknown.length() > ItemAttributes.MAX_UNKNOWN_WORDS) {
            unsupported = Optional.of("more unknown words of a recipient than are kept (expected: "
                    + ItemAttributes.MAX_UNKNOWN_WORDS + " octets)");
            unknown.setLength(0);
        }
    }

    String path() {
        return path;
    }

    /** Why a server of this version must leave the item alone; empty if it need not. */
    Optional<String> unsupported() {
        return unsupported;
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    boolean flag(String name) {
        return flags.contains(name);
    }

    /** The words that this version does not know, each with a space before it. */
    String unknown() {
        return unknown.toString();
    }

    String reply() {
        return reply.orElseThrow(() -> new IllegalArgumentException("recipient cut short (expected: reply=)"));
    }

    /** Throws if there is a reply, or the host that gave it, without a status. */
    void requireNoReply() {
        if (reply.isPresent() || values.containsKey("remote")) {
            throw new IllegalArgumentException("reply of a recipient without status (expected: status=)");
        }
    }
}
