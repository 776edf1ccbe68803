package dev.caravan.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The paths of a resource: a single path, or a template such as {@code /queues/{name}} whose braces stand for any segment
 * that is not empty; with or without the paths below.
 *
 * @param text begins with a slash.
 * @param isPrefix whether the paths below belong to it.
 */
public record HttpPath(String text, boolean isPrefix) implements Comparable<HttpPath> {
    private static final String SLASH = "/";

    /** @throws IllegalArgumentException if a brace is not the first or last character of a segment. */
    public HttpPath {
        text = SLASH + text.replaceFirst("^/+", "");
        for (String segment : segments(text)) {
            String name = isVariable(segment) ? segment.substring(1, segment.length() - 1) : segment;
            if (name.contains("{") || name.contains("}")) {
                throw new IllegalArgumentException(text + " (expected: {name} as a whole segment)");
            }
        }
    }

    /** A path or template without the paths below. A slash is put before it if it has none. */
    public static HttpPath of(String text) {
        return new HttpPath(text, false);
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split(SLASH, -1));
    }

    private static boolean isVariable(String segment) {
        return segment.length() > 2 && segment.startsWith("{") && segment.endsWith("}");
    }

    /** The segments of a path that stand where a template has braces, by name; empty if the path does not match. */
    Optional<Map<String, String>> match(String path) {
        if (!path.startsWith(SLASH)) {
            return Optional.empty();
        }
        List<String> expected = new ArrayList<>(segments(text));
        if (isPrefix && expected.get(expected.size() - 1).isEmpty()) {
            expected.remove(expected.size() - 1);
        }
        List<String> given = segments(path);
        if (given.size() < expected.size() || (given.size() > expected.size() && !isPrefix)) {
            return Optional.empty();
        }
        Map<String, String> variables = new TreeMap<>();
        for (int i = 0; i < expected.size(); i++) {
            String segment = expected.get(i);
            if (isVariable(segment) && !given.get(i).isEmpty()) {
                variables.put(segment.substring(1, segment.length() - 1), given.get(i));
            } else if (!segment.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }

    private long variables() {
        return segments(text).stream().filter(HttpPath::isVariable).count();
    }

    /** The more specific path first: a single path before a prefix, then fewer braces, then the longer one. */
    @Override
    public int compareTo(HttpPath other) {
        if (isPrefix != other.isPrefix) {
            return isPrefix ? 1 : -1;
        }
        int byVariables = Long.compare(variables(), other.variables());
        if (byVariables != 0) {
            return byVariables;
        }
        int byLength =
                Integer.compare(segments(other.text).size(), segments(text).size());
        return byLength != 0 ? byLength : text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return isPrefix ? text + "*" : text;
    }
}
