package dev.caravan.config;

import java.nio.file.Path;

/**
 * A mistake in the configuration, as it is reported to an operator.
 *
 * @param where a file, a file and a line, a setting, or another origin of a value.
 * @param what is wrong.
 * @param expected what would be right; empty if {@code what} says it.
 */
public record ConfigProblem(String where, String what, String expected) {
    public ConfigProblem(String where, String what) {
        this(where, what, "");
    }

    /** Where: a file and its line; no line if it is 0. */
    public static String at(Path file, int line) {
        return line > 0 ? file + ":" + line : file.toString();
    }

    @Override
    public String toString() {
        String text = where + ": " + what + (expected.isEmpty() ? "" : " (expected: " + expected + ")");
        // A problem is one line, even if the message of a library has several.
        return text.replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
