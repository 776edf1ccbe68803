package dev.caravan.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file that an operator edits while the server runs, and the table that was last read from it. {@link #look}
 * compares the file with what was read and reads it again if it changed; {@link TableWatch} does so each second. A file
 * that is being written is left alone until it has been the same for a second, because half a table would refuse mail
 * to the users in the other half.
 *
 * <p>While the file is newer than the table, is broken or has vanished, the table read before stays in force but is not
 * {@linkplain State#isCurrent() current}: a name that it lacks may be in the file, so nothing may be refused for good
 * because of it. Safe for all threads; only {@link #look} waits for the disk.
 *
 * @param <T> the table.
 */
final class WatchedFile<T> {
    /** How long a file must have been the same before it is read. */
    static final Duration PAUSE = Duration.ofSeconds(1);
    /** Larger files are refused: a table is held in memory. */
    static final long MAX_OCTETS = 64L << 20;
    /** A file that changes for longer than this is reported. */
    private static final Duration LONGEST_CHANGE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

    private final List<Path> places;
    private final Function<List<String>, T> parser;
    private final Clock clock;
    private volatile State<T> state;
    // Guarded by this object.
    private Optional<Stamp> read;
    private Optional<Stamp> broken = Optional.empty();
    private Optional<Stamp> seen;
    private Instant seenSince;
    private Optional<Instant> changingSince = Optional.empty();
    private String complaint = "";

    /**
     * What is known of the file.
     *
     * @param table as it was last read.
     * @param isCurrent whether the last look found the file as it was read.
     */
    record State<T>(T table, boolean isCurrent) {}

    private WatchedFile(
            List<Path> places, Function<List<String>, T> parser, Clock clock, Optional<Stamp> read, T table) {
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
     *     replaces it; after that the later places are never read again, for a file that vanishes is not empty.
     * @param parser makes a table of the file's lines; throws IllegalArgumentException if they are broken.
     * @throws IllegalArgumentException if the file is broken; the message names it.
     * @throws UncheckedIOException if it cannot be read.
     */
    static <T> WatchedFile<T> required(List<Path> places, Function<List<String>, T> parser, Clock clock) {
        Path file = firstOf(places);
        try {
            Stamp stamp = Stamp.of(file);
            return new WatchedFile<>(places, parser, clock, Optional.of(stamp), parse(stamp, parser));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + " (expected: a text file, which may be empty)", e);
        }
    }

    /**
     * Opens a file that may be missing, now or for ever; until it appears the table is that of an empty file.
     *
     * @param places as above.
     * @param parser as above.
     * @throws IllegalArgumentException if the file is broken; the message names it.
     * @throws UncheckedIOException if it is there and cannot be read.
     */
    static <T> WatchedFile<T> optional(List<Path> places, Function<List<String>, T> parser, Clock clock) {
        if (places.stream().allMatch(Files::notExists)) {
            return new WatchedFile<>(places, parser, clock, Optional.empty(), parser.apply(List.of()));
        }
        return required(places, parser, clock);
    }

    /** The table that was last read, and whether the file may say something else by now. Waits for nothing. */
    State<T> state() {
        return state;
    }

    /** The table that was last read. Waits for nothing. */
    T table() {
        return state.table();
    }

    /** Compares the file with what was read, and reads it again if it changed and is no longer written. */
    synchronized void look() {
        Path file = places.get(0);
        try {
            Stamp stamp = stamp();
            file = stamp.file();
            boolean isStill = isStill(stamp);
            if (read.equals(Optional.of(stamp))) {
                broken = Optional.empty();
                settled(state.table());
            } else if (!isStill) {
                changing(file);
            } else if (!broken.equals(Optional.of(stamp))) {
                readAgain(stamp);
            }
        } catch (NoSuchFileException e) {
            seen = Optional.empty();
            if (read.isPresent() || broken.isPresent()) {
                complain(file + " has vanished");
            }
        } catch (IOException e) {
            // Not marked as broken, so it is tried again: a change of permissions does not show in the stamp.
            complain("cannot read " + file + ": " + e);
        }
    }

    /** The file that counts; a place behind the one that was read does not. */
    private Stamp stamp() throws IOException {
        Optional<Path> known = read.or(() -> broken).map(Stamp::file);
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

    private boolean isStill(Stamp stamp) {
        Instant now = clock.instant();
        if (!seen.equals(Optional.of(stamp))) {
            seen = Optional.of(stamp);
            seenSince = now;
        }
        // The clock may be set while we wait, in either direction.
        boolean isSeenForLong =
                Duration.between(seenSince, now).abs().compareTo(PAUSE) >= 0;
        return isSeenForLong || stamp.isOlderThan(now.minus(PAUSE));
    }

    private void changing(Path file) {
        Instant now = clock.instant();
        if (changingSince.isEmpty()) {
            changingSince = Optional.of(now);
        }
        state = new State<>(state.table(), false);
        if (Duration.between(changingSince.get(), now).compareTo(LONGEST_CHANGE) >= 0) {
            complain(file + " has not been the same for a second since it changed");
        }
    }

    private void readAgain(Stamp stamp) throws IOException {
        try {
            T table = parse(stamp, parser);
            read = Optional.of(stamp);
            broken = Optional.empty();
            settled(table);
            LOG.info("Read {} again", stamp.file());
        } catch (IllegalArgumentException e) {
            broken = Optional.of(stamp);
            complain(e.getMessage());
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
            LOG.error("{}; the table read before stays in force, and names that it lacks are put off with 451", words);
        }
    }

    private static Path firstOf(List<Path> places) {
        return places.stream().filter(Files::exists).findFirst().orElseGet(() -> places.get(0));
    }

    private static <T> T parse(Stamp stamp, Function<List<String>, T> parser) throws IOException {
        Path file = stamp.file();
        if (stamp.octets() > MAX_OCTETS) {
            throw new IllegalArgumentException(
                    file + ": file of " + stamp.octets() + " octets (expected: <= " + MAX_OCTETS + ")");
        }
        try {
            return parser.apply(Files.readAllLines(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": not a text file (expected: ASCII or UTF-8)", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /** What changes when a file does: the key too, for a file that was moved into place may be old and as long. */
    private record Stamp(Path file, Instant modified, long octets, Optional<Object> key) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(
                    file,
                    attributes.lastModifiedTime().toInstant(),
                    attributes.size(),
                    Optional.ofNullable(attributes.fileKey()));
        }

        boolean isOlderThan(Instant moment) {
            return modified.isBefore(moment);
        }
    }
}
