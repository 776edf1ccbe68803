package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the lines of an alias file once, from first to last. */
final class AliasLines {
    private final List<String> lines;
    private final Map<LocalName, List<AliasTable.Target>> targets = new HashMap<>();

    AliasLines(List<String> lines) {
        this.lines = lines;
    }

    /**
     * The targets of each alias.
     *
     * @throws IllegalArgumentException if a line is broken; the message names it.
     */
    Map<LocalName, List<AliasTable.Target>> read() {
        int at = 0;
        while (at < lines.size()) {
            StringBuilder entry = new StringBuilder(TableLines.withoutComment(lines.get(at)));
            boolean isIndented =
                    !entry.isEmpty() && Character.isWhitespace(lines.get(at).charAt(0));
            int first = at++;
            while (!entry.isEmpty() && at < lines.size() && goesOn(lines.get(at))) {
                entry.append(' ').append(TableLines.withoutComment(lines.get(at++)));
            }
            try {
                if (isIndented) {
                    throw new IllegalArgumentException("continues nothing (expected: an alias before it)");
                }
                if (!entry.isEmpty()) {
                    add(entry.toString());
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + (first + 1) + ": " + e.getMessage(), e);
            }
        }
        return targets;
    }

    private static boolean goesOn(String line) {
        return line.isBlank() || line.startsWith("#") || Character.isWhitespace(line.charAt(0));
    }

    private void add(String entry) {
        int colon = entry.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException(
                    "no colon in " + LocalName.quoted(entry) + " (expected: name: target, target)");
        }
        LocalName name = LocalName.parse(entry.substring(0, colon).strip());
        List<AliasTable.Target> read = new ArrayList<>();
        for (String text : TableLines.split(entry.substring(colon + 1))) {
            // A comma at the end, also of a line that goes on, is a habit and harms nobody.
            if (!text.isEmpty()) {
                read.add(target(text));
            }
        }
        if (read.isEmpty()) {
            throw new IllegalArgumentException("alias " + name + " without a target (expected: >= 1)");
        }
        if (targets.putIfAbsent(name, List.copyOf(read)) != null) {
            throw new IllegalArgumentException(
                    "alias " + name + " is there twice (expected: all its targets in one entry)");
        }
    }

    private static AliasTable.Target target(String text) {
        String bare = text.startsWith("\"") ? text.substring(1) : text;
        if (bare.startsWith("|")) {
            throw unsupported(text, "is a program");
        }
        if (bare.startsWith("/")) {
            throw unsupported(text, "is a file");
        }
        if (bare.startsWith(":include:")) {
            throw unsupported(text, "is a list in another file");
        }
        if (bare.startsWith("\\")) {
            throw unsupported(text, "has a backslash, which is not needed for an alias that names its own user");
        }
        if (text.contains("@")) {
            try {
                ForwardPath path = ForwardPath.of(text);
                return new AliasTable.Target(path.mailbox().localPart(), Optional.of(path.domain()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("target " + LocalName.quoted(text) + ": " + e.getMessage(), e);
            }
        }
        return new AliasTable.Target(LocalName.parse(text).user(), Optional.empty());
    }

    private static IllegalArgumentException unsupported(String text, String what) {
        return new IllegalArgumentException(
                "target " + LocalName.quoted(text) + " " + what + " (expected: user or user@domain)");
    }
}
