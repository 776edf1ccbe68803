package dev.caravan.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Splits lines of an operator's tables outside quotes. */
final class TableLines {
    private TableLines() {}

    /**
     * Passes each line on.
     *
     * @throws TableLineException with the number of the first line that throws an IllegalArgumentException.
     */
    static void each(List<String> lines, Consumer<String> line) {
        for (int i = 0; i < lines.size(); i++) {
            try {
                line.accept(lines.get(i));
            } catch (IllegalArgumentException e) {
                throw new TableLineException(i + 1, e);
            }
        }
    }

    /** The line up to a number sign at its start or after white space, trimmed. */
    static String withoutComment(String line) {
        boolean isQuoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (isQuoted && c == '\\') {
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == '#' && !isQuoted && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))) {
                return line.substring(0, i).strip();
            }
        }
        return line.strip();
    }

    /** The index of a character outside quotes; -1 if there is none. */
    static int indexOf(String text, char wanted) {
        boolean isQuoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isQuoted && c == '\\') {
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == wanted && !isQuoted) {
                return i;
            }
        }
        return -1;
    }

    /** The parts between commas outside quotes, trimmed; empty parts included. */
    static List<String> split(String list) {
        List<String> parts = new ArrayList<>();
        boolean isQuoted = false;
        int start = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (isQuoted && c == '\\') {
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == ',' && !isQuoted) {
                parts.add(list.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(list.substring(start).strip());
        return parts;
    }
}
