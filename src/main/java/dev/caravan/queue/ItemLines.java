package dev.caravan.queue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The {@code Name: value} lines of a stored queue item, one after the other. */
final class ItemLines {
    private final byte[] octets;
    private int at;

    ItemLines(byte[] octets) {
        this.octets = octets;
    }

    /** The value of the next line, which must have this name. */
    String required(String name) {
        return optional(name)
                .orElseThrow(() -> new IllegalArgumentException("no line " + name + " (expected at octet " + at + ")"));
    }

    /** The value of the next line if it has this name. */
    Optional<String> optional(String name) {
        int value = at + name.length() + 2;
        if (value > octets.length || octets[value - 2] != ':' || octets[value - 1] != ' ') {
            return Optional.empty();
        }
        for (int i = 0; i < name.length(); i++) {
            if (octets[at + i] != name.charAt(i)) {
                return Optional.empty();
            }
        }
        int end = value;
        while (end < octets.length && octets[end] != '\n') {
            if (octets[end] < ' ' || octets[end] > '~') {
                throw new IllegalArgumentException("octet " + (octets[end] & 0xff) + " in header (expected: ASCII)");
            }
            end++;
        }
        if (end == octets.length) {
            throw new IllegalArgumentException("line " + name + " cut short (expected: LF)");
        }
        at = end + 1;
        return Optional.of(new String(octets, value, end - value, StandardCharsets.ISO_8859_1));
    }

    /** The value of the first line of this name from here on, before the empty line. */
    String next(String name) {
        Optional<String> value = optional(name);
        while (value.isEmpty()) {
            int end = at;
            while (end < octets.length && octets[end] != '\n') {
                end++;
            }
            if (end == octets.length || end == at) {
                throw new IllegalArgumentException("no line " + name + " (expected before octet " + end + ")");
            }
            at = end + 1;
            value = optional(name);
        }
        return value.get();
    }

    /** Where the content begins, behind the empty line that must come next. */
    int endOfHeader() {
        if (at >= octets.length || octets[at] != '\n') {
            throw new IllegalArgumentException("no empty line (expected at octet " + at + ")");
        }
        return at + 1;
    }

    /** Text with {@code \\} and {@code \n} undone. */
    static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            i++;
            String escape = i < text.length() ? text.substring(i, i + 1) : "";
            plain.append(choice(escape, "\\", "\\", "n", "\n"));
        }
        return plain.toString();
    }

    /** One of two values, by one of two words. */
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
