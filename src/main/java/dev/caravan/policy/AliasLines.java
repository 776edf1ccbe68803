package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the lines of an alias file once, from first to last. */
final class AliasLines {
    private static final Logger LOG = LoggerFactory.getLogger(AliasLines.class);
    private static final String INCLUDE = ":include:";

    private final List<String> lines;
    private final Form form;
    private final Map<LocalName, List<AliasTable.Target>> targets = new HashMap<>();
    private final Map<LocalName, Integer> numbers = new HashMap<>();
    private final List<WatchedFile.Stamp> included = new ArrayList<>();

    /**
     * How the file is read.
     *
     * @param folder where the files of {@code :include:} are looked for if their names are relative.
     * @param skipsUnsupported whether a target that is a program or a file is left out with a warning, for aliases that
     *     come from another server; else the file is refused.
     */
    record Form(Path folder, boolean skipsUnsupported) {}

    /** A target of a kind that this server does not support. */
    private static final class UnsupportedException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnsupportedException(String text, String what) {
            super("target " + LocalName.quoted(text) + " " + what
                    + " (expected: user or user@domain; mail.unsupported-aliases=skip leaves it out)");
        }
    }

    AliasLines(List<String> lines, Form form) {
        this.lines = lines;
        this.form = form;
    }

    /**
     * The targets of each alias.
     *
     * @throws TableLineException if a line is malformed.
     * @throws IncludeException if a file of {@code :include:} is malformed or cannot be read.
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
                    throw new IllegalArgumentException(
                            "a continuation line without an entry (expected: an alias before it)");
                }
                if (!entry.isEmpty()) {
                    add(entry.toString(), first + 1);
                }
            } catch (IllegalArgumentException e) {
                throw new TableLineException(first + 1, e);
            } catch (UncheckedIOException e) {
                throw new IncludeException(first + 1, e);
            }
        }
        return targets;
    }

    /** In which line each alias begins. */
    Map<LocalName, Integer> numbers() {
        return numbers;
    }

    /** The files that were read for {@code :include:}. */
    List<WatchedFile.Stamp> included() {
        return included;
    }

    private static boolean goesOn(String line) {
        return line.isBlank() || line.startsWith("#") || Character.isWhitespace(line.charAt(0));
    }

    private void add(String entry, int number) {
        int colon = TableLines.indexOf(entry, ':');
        if (colon < 0) {
            throw new IllegalArgumentException(
                    "no colon in " + LocalName.quoted(entry) + " (expected: name: target, target)");
        }
        LocalName name = LocalName.parseAlias(entry.substring(0, colon).strip());
        List<AliasTable.Target> read = new ArrayList<>();
        int before = included.size();
        boolean isSkipped = addAll(entry.substring(colon + 1), number, true, read);
        if (read.isEmpty() && isSkipped) {
            LOG.warn(
                    "line {} of the aliases: alias {} has no target that is supported; it does not exist",
                    number,
                    name);
            return;
        }
        if (read.isEmpty() && included.size() > before) {
            throw new UncheckedIOException(new IOException("alias " + name + " has a list without an address"));
        }
        if (read.isEmpty()) {
            throw new IllegalArgumentException("alias " + name + " without a target (expected: >= 1)");
        }
        numbers.put(name, number);
        if (targets.putIfAbsent(name, List.copyOf(read)) != null) {
            throw new IllegalArgumentException(
                    "alias " + name + " occurs twice (expected: all its targets in one entry)");
        }
    }

    /** Adds the targets of a list; returns whether one was skipped. */
    private boolean addAll(String list, int number, boolean mayInclude, List<AliasTable.Target> read) {
        boolean isSkipped = false;
        for (String text : TableLines.split(list)) {
            // A comma at the end of a line is common and harmless.
            if (text.isEmpty()) {
                continue;
            }
            try {
                String bare = bare(text);
                if (bare.startsWith(INCLUDE) && mayInclude) {
                    isSkipped |= include(bare.substring(INCLUDE.length()).strip(), number, read);
                } else {
                    read.add(target(text, bare));
                }
            } catch (UnsupportedException e) {
                if (!form.skipsUnsupported()) {
                    throw e;
                }
                isSkipped = true;
                LOG.warn("line {} of the aliases is skipped: {}", number, e.getMessage());
            }
        }
        return isSkipped;
    }

    private boolean include(String name, int number, List<AliasTable.Target> read) {
        boolean isSkipped = false;
        try {
            Path file = form.folder().resolve(name);
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new IOException("not a file");
            }
            WatchedFile.Stamp stamp = WatchedFile.Stamp.of(file);
            included.add(stamp);
            for (String line : WatchedFile.lines(stamp)) {
                isSkipped |= addAll(TableLines.withoutComment(line), number, false, read);
            }
            return isSkipped;
        } catch (UnsupportedException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            String reason = e instanceof IOException ? e.toString() : e.getMessage();
            throw new UncheckedIOException(
                    "cannot include " + LocalName.quoted(name) + ": " + reason,
                    e instanceof IOException io ? io : new IOException(e));
        }
    }

    /** Without the quotes around a whole target, as in {@code "|program -x"} and {@code "\\name"}. */
    private static String bare(String text) {
        return text.startsWith("\"")
                ? text.substring(1, text.length() - (text.endsWith("\"") && text.length() > 1 ? 1 : 0))
                : text;
    }

    private static AliasTable.Target target(String text, String bare) {
        if (bare.startsWith("|")) {
            throw new UnsupportedException(text, "is a program");
        }
        if (bare.startsWith("/")) {
            throw new UnsupportedException(text, "is a file");
        }
        if (bare.startsWith(INCLUDE)) {
            throw new UnsupportedException(text, "is a list within a list");
        }
        if (bare.startsWith("\\")) {
            return address(bare.substring(1), true);
        }
        // A name may stand before the address, as in the header of a message (RFC 5322 §3.4).
        int bracket = TableLines.indexOf(text, '<');
        if (bracket >= 0 && text.endsWith(">")) {
            return address(text.substring(bracket + 1, text.length() - 1).strip(), false);
        }
        return address(text, false);
    }

    private static AliasTable.Target address(String text, boolean isFinal) {
        int at = TableLines.indexOf(text, '@');
        if (at >= 0) {
            try {
                ForwardPath path = ForwardPath.of(text);
                return new AliasTable.Target(path.mailbox().localPart(), Optional.of(path.domain()), isFinal);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("target " + LocalName.quoted(text) + ": " + e.getMessage(), e);
            }
        }
        if (text.startsWith("\"") && !LocalName.isPlain(text)) {
            String localPart = new Mailbox(text, new Domain("invalid")).localPart();
            return new AliasTable.Target(localPart, Optional.empty(), isFinal);
        }
        return new AliasTable.Target(LocalName.parse(text).user(), Optional.empty(), isFinal);
    }
}
