package dev.caravan.policy;

import java.util.ArrayList;
import java.util.List;

/** Cuts a line of an operator's table where quotes allow it. */
final class TableLines {
    private TableLines() {}

    /** The line up to a number sign that begins it or follows white space; without white space at both ends. */
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

    /** Where a character stands outside of quotes; -1 if nowhere. */
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

    /** The parts between commas outside of quotes, without white space at both ends; empty ones included. */
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
