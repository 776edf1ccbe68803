package dev.caravan.queue;

import java.util.Optional;

/** The words of a recipient's line, in their fixed order. */
final class RecipientWords {
    private final String line;
    private int at;

    RecipientWords(String line) {
        this.line = line;
    }

    /** The next word, whatever it is. */
    String next() {
        int space = line.indexOf(' ', at);
        int end = space < 0 ? line.length() : space;
        String word = line.substring(Math.min(at, end), end);
        at = end + 1;
        return word;
    }

    /** The rest of the next word if it begins with a name. */
    Optional<String> value(String name) {
        return line.startsWith(name, at) ? Optional.of(next().substring(name.length())) : Optional.empty();
    }

    /** Whether the next word is this one. */
    boolean flag(String word) {
        int end = at + word.length();
        boolean found = line.startsWith(word, at) && (end == line.length() || line.charAt(end) == ' ');
        at = found ? end + 1 : at;
        return found;
    }

    /** The rest of the line, which must begin with a name. */
    String rest(String name) {
        if (!line.startsWith(name, at)) {
            throw new IllegalArgumentException("recipient cut short (expected: " + name + ")");
        }
        String rest = line.substring(at + name.length());
        at = line.length() + 1;
        return ItemLines.unescaped(rest);
    }

    void requireEnd() {
        // One more than the length: each word counts the space behind it.
        if (at != line.length() + 1) {
            throw new IllegalArgumentException("unknown word in recipient (expected: notify= orcpt= warned ...)");
        }
    }
}
