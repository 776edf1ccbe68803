package dev.caravan.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file that an operator edits while the server runs, and the table that was last read from it. {@link #look}
 * checks the file and reads it again if it changed; {@link TableWatch} calls it each second. A file is read only when
 * it has not changed for a second, because half a written table would refuse mail to the users in the other half.
 *
 * <p>While the file is newer than the table, is broken or has vanished, the previous table stays in use but is not
 * {@linkplain State#isCurrent() current}: a name that it does not have may be in the file, so no recipient may be
 * refused for good because of it. Thread-safe; only {@link #look} blocks on the disk.
 *
 * @param <T> the table.
 */
final class WatchedFile<T> {
    /** How long a file must be unchanged before it is read. */
    static final Duration PAUSE = Duration.ofSeconds(1);
    /** Larger files are refused, because the table is in memory. */
    static final long MAX_OCTETS = 64L << 20;
    /** A file that changes for longer than this is reported. */
    private static final Duration LONGEST_CHANGE = Duration.ofSeconds(10);

    private static final String BYTE_ORDER_MARK = "\ufeff";

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

    private final List<Path> places;
    private final Parser<T> parser;
    private final Clock clock;
    private volatile State<T> state;
    // Guarded by this object.
    private Optional<Look> read;
    private Optional<Look> broken = Optional.empty();
    private Optional<Look> seen;
    private Instant seenSince;
    private Optional<Instant> changingSince = Optional.empty();
    private String complaint = "";

    /** Makes a table of a file. */
    interface Parser<T> {
        /**
         * Reads the lines.
         *
         * @throws IllegalArgumentException if they are malformed; a {@link TableLineException} if it is one line.
         * @throws IncludeException if another file that they name cannot be read or is malformed.
         */
        T parse(List<String> lines);

        /** What follows for mail while the file is newer than the table or broken, for the log. */
        default String whileBroken() {
            return "the previous table stays in use, and names that it does not have get 451";
        }

        /** The state of the other files that the table includes, before they were read. */
        default List<Stamp> parts(T table) {
            return List.of();
        }
    }

    /**
     * The table and its state.
     *
     * @param table as it was last read.
     * @param isCurrent whether the last look found the file unchanged.
     */
    record State<T>(T table, boolean isCurrent) {}

    private WatchedFile(List<Path> places, Parser<T> parser, Clock clock, Optional<Look> read, T table) {
        this.places = List.copyOf(places);
        this.parser = parser;
        this.clock = clock;
        this.read = read;
        this.seen = read;
        this.seenSince = clock.instant();
        this.state = new State<>(table, true);
    }

    /**
     * Opens a file that must be there.
     *
     * @param places where the file may be; the first that exists is read. One that appears later in an earlier place
     *     replaces it; after that the later places are never read again, because a file that vanished is not an empty
     *     table.
     * @param parser makes a table of the file's lines.
     * @throws TableFileException if the file is malformed.
     * @throws UncheckedIOException if it cannot be read.
     */
    static <T> WatchedFile<T> required(List<Path> places, Parser<T> parser, Clock clock) {
        Path file = firstOf(places);
        try {
            Stamp stamp = Stamp.of(file);
            T table = parse(stamp, parser);
            return new WatchedFile<>(places, parser, clock, Optional.of(new Look(stamp, parser.parts(table))), table);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + " (expected: a text file, which may be empty)", e);
        } catch (IncludeException e) {
            throw new TableFileException(file, e.line(), e.what(), e);
        }
    }

    /**
     * Opens a file that may be missing, now or for ever; until it appears the table is that of an empty file.
     *
     * @param places as above.
     * @param parser as above.
     * @throws TableFileException if the file is malformed.
     * @throws UncheckedIOException if it is there and cannot be read.
     */
    static <T> WatchedFile<T> optional(List<Path> places, Parser<T> parser, Clock clock) {
        if (places.stream().allMatch(Files::notExists)) {
            return new WatchedFile<>(places, parser, clock, Optional.empty(), parser.parse(List.of()));
        }
        return required(places, parser, clock);
    }

    /** The table that was last read, and whether the file may differ from it by now. Never blocks. */
    State<T> state() {
        return state;
    }

    /** The table that was last read. Never blocks. */
    T table() {
        return state.table();
    }

    /** Checks the file, and reads it again if it changed and is no longer being written. */
    synchronized void look() {
        Path file = places.get(0);
        try {
            Look now = look(stamp());
            file = now.file().file();
            boolean isStill = isStill(now);
            if (read.equals(Optional.of(now))) {
                broken = Optional.empty();
                settled(state.table());
            } else if (!isStill) {
                changing(file);
            } else if (!broken.equals(Optional.of(now))) {
                readAgain(now);
            }
        } catch (NoSuchFileException e) {
            seen = Optional.empty();
            if (read.isPresent() || broken.isPresent()) {
                complain(file + " has vanished");
            }
        } catch (IOException e) {
            // Not marked as broken, so that it is tried again: a change of permissions does not show in the stamp.
            complain("cannot read " + file + ": " + e);
        } catch (IncludeException e) {
            // Nor here, because a repair of another file does not show in the stamp of this one.
            complain(file + ": " + e.getMessage());
        }
    }

    private Look look(Stamp file) {
        List<Stamp> parts = parser.parts(state.table()).stream()
                .map(part -> Stamp.orMissing(part.file()))
                .toList();
        return new Look(file, parts);
    }

    /** The file to read; a place after the one that was read is never used. */
    private Stamp stamp() throws IOException {
        Optional<Path> known = read.or(() -> broken).map(look -> look.file().file());
        for (Path place : places) {
            if (known.equals(Optional.of(place))) {
                return Stamp.of(place);
            }
            try {
                return Stamp.of(place);
            } catch (NoSuchFileException e) {
                LOG.trace("{} does not exist", place);
            }
        }
        throw new NoSuchFileException(places.get(0).toString());
    }

    private boolean isStill(Look look) {
        Instant now = clock.instant();
        if (!seen.equals(Optional.of(look))) {
            seen = Optional.of(look);
            seenSince = now;
        }
        // The clock may be set while we wait, in either direction.
        boolean isSeenForLong = Duration.between(seenSince, now).abs().compareTo(PAUSE) >= 0;
        return isSeenForLong || look.isOlderThan(now.minus(PAUSE));
    }

    private void changing(Path file) {
        Instant now = clock.instant();
        if (changingSince.isEmpty()) {
            changingSince = Optional.of(now);
        }
        state = new State<>(state.table(), false);
        if (Duration.between(changingSince.get(), now).compareTo(LONGEST_CHANGE) >= 0) {
            complain(file + " keeps changing: it was never unchanged for a second");
        }
    }

    private void readAgain(Look look) throws IOException {
        if (look.file().octets() == 0 && read.isPresent() && read.get().file().octets() > 0) {
            broken = Optional.of(look);
            complain(look.file().file() + " has become empty, as when an editor finds the disk full"
                    + " (expected: at least a comment, if the table is to be empty)");
            return;
        }
        try {
            T table = parse(look.file(), parser);
            read = Optional.of(new Look(look.file(), parser.parts(table)));
            broken = Optional.empty();
            settled(table);
            LOG.info("Read {} again", look.file().file());
        } catch (IllegalArgumentException e) {
            broken = Optional.of(look);
            complain(String.valueOf(e.getMessage()));
        }
    }

    private void settled(T table) {
        complaint = "";
        changingSince = Optional.empty();
        state = new State<>(table, true);
    }

    /** One line for each reason. */
    private void complain(String words) {
        state = new State<>(state.table(), false);
        if (!words.equals(complaint)) {
            complaint = words;
            LOG.error("{}; {}", words, parser.whileBroken());
        }
    }

    private static Path firstOf(List<Path> places) {
        return places.stream().filter(Files::exists).findFirst().orElseGet(() -> places.get(0));
    }

    private static <T> T parse(Stamp stamp, Parser<T> parser) throws IOException {
        Path file = stamp.file();
        try {
            return parser.parse(lines(stamp));
        } catch (TableLineException e) {
            throw new TableFileException(file, e.line(), e.what(), e);
        } catch (IllegalArgumentException e) {
            throw new TableFileException(file, 0, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * The lines of a text file, without a byte order mark. Octets that are not UTF-8, such as a comment in Latin-1,
     * become U+FFFD, which no name contains.
     *
     * @throws IllegalArgumentException if it is too large or not text.
     */
    static List<String> lines(Stamp stamp) throws IOException {
        if (stamp.octets() > MAX_OCTETS) {
            throw new IllegalArgumentException(
                    "file of " + stamp.octets() + " octets (expected: <= " + MAX_OCTETS + ")");
        }
        String text = new String(Files.readAllBytes(stamp.file()), StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a text file (expected: ASCII or UTF-8)");
        }
        return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
                .lines()
                .toList();
    }

    /** What one look found about the file and those that it includes. */
    private record Look(Stamp file, List<Stamp> parts) {
        boolean isOlderThan(Instant moment) {
            return file.isOlderThan(moment) && parts.stream().allMatch(part -> part.isOlderThan(moment));
        }
    }

    /**
     * The properties that show a change of a file. The key is among them because a file that was moved into place may
     * have the same time and length, and the time of the last status change because a copy may restore the old
     * modification time.
     *
     * @param changed if the file system says so; no program can set it.
     */
    record Stamp(Path file, Instant modified, long octets, Optional<Object> key, Optional<Object> changed) {
        static Stamp orMissing(Path file) {
            try {
                return of(file);
            } catch (IOException e) {
                return new Stamp(file, Instant.EPOCH, -1, Optional.empty(), Optional.empty());
            }
        }

        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Optional<Object> changed =
                    file.getFileSystem().supportedFileAttributeViews().contains("unix")
                            ? Optional.of(Files.getAttribute(file, "unix:ctime"))
                            : Optional.empty();
            return new Stamp(
                    file,
                    attributes.lastModifiedTime().toInstant(),
                    attributes.size(),
                    Optional.ofNullable(attributes.fileKey()),
                    changed);
        }

        boolean isOlderThan(Instant moment) {
            return modified.isBefore(moment);
        }
    }
}
