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
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file that an operator edits while we run, and what was last read from it. Whoever asks looks at most once a
 * second whether the file changed, and reads it again if so; there is no thread. A file that is being written is left
 * alone until it has been still for a second, for half a table would refuse mail to the other half's users. A
 * broken or vanished file changes nothing but the log. Reading blocks: see {@link #readBy}.
 */
final class WatchedFile<T> {
    /** How often the file is looked at, and how long it must have been still. */
    static final Duration PAUSE = Duration.ofSeconds(1);
    /** Larger files are refused: a table is held in memory. */
    static final long MAX_OCTETS = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

    private final Path file;
    private final Function<List<String>, T> parser;
    private final Clock clock;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile Executor reader = Runnable::run;
    private volatile T table;
    private volatile Instant nextLook;
    // Written by the one who looks.
    private Optional<Stamp> read;
    private Optional<Stamp> seen;
    private String complaint = "";

    private WatchedFile(Path file, Function<List<String>, T> parser, Clock clock, Optional<Stamp> read, T table) {
        this.file = file;
        this.parser = parser;
        this.clock = clock;
        this.read = read;
        this.seen = read;
        this.table = table;
        this.nextLook = clock.instant().plus(PAUSE);
    }

    /**
     * Opens a file that must be there.
     *
     * @param parser makes a table of the file's lines; throws IllegalArgumentException if they are broken.
     * @throws IllegalArgumentException if the file is broken; the message names it.
     * @throws UncheckedIOException if it cannot be read.
     */
    static <T> WatchedFile<T> required(Path file, Function<List<String>, T> parser, Clock clock) {
        try {
            Stamp stamp = Stamp.of(file);
            return new WatchedFile<>(file, parser, clock, Optional.of(stamp), parse(file, stamp, parser));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + " (expected: a text file, which may be empty)", e);
        }
    }

    /**
     * Opens a file that may be missing, now or for ever; until it appears the table is that of an empty file.
     *
     * @param parser as above.
     * @throws IllegalArgumentException if the file is broken; the message names it.
     * @throws UncheckedIOException if it is there and cannot be read.
     */
    static <T> WatchedFile<T> optional(Path file, Function<List<String>, T> parser, Clock clock) {
        if (Files.notExists(file)) {
            return new WatchedFile<>(file, parser, clock, Optional.empty(), parser.apply(List.of()));
        }
        return required(file, parser, clock);
    }

    /** The same file, looked at by a thread that may wait; nobody who asks waits then. */
    WatchedFile<T> readBy(Executor executor) {
        reader = executor;
        return this;
    }

    /** The table; first, or meanwhile if others read for us, the file is looked at if the last look was a second ago. */
    T table() {
        Instant now = clock.instant();
        // One looks, the others go on with the table there is.
        if (!now.isBefore(nextLook) && looking.compareAndSet(false, true)) {
            nextLook = now.plus(PAUSE);
            lookBy(reader, now);
        }
        return table;
    }

    private void lookBy(Executor executor, Instant now) {
        try {
            executor.execute(() -> {
                try {
                    look(now);
                } finally {
                    looking.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            // We are stopping.
            looking.set(false);
        }
    }

    private void look(Instant now) {
        try {
            Stamp stamp = Stamp.of(file);
            boolean isStill = seen.equals(Optional.of(stamp)) || stamp.isOlderThan(now.minus(PAUSE));
            seen = Optional.of(stamp);
            if (read.equals(seen)) {
                complaint = "";
            } else if (isStill) {
                readAgain(stamp);
            }
        } catch (NoSuchFileException e) {
            if (read.isPresent()) {
                complain(file + " has vanished");
            }
        } catch (IOException e) {
            // Not marked as read, so it is tried again: a change of permissions does not show in the stamp.
            complain("cannot read " + file + ": " + e);
        }
    }

    private void readAgain(Stamp stamp) throws IOException {
        try {
            table = parse(file, stamp, parser);
            complaint = "";
            LOG.info("Read {} again", file);
        } catch (IllegalArgumentException e) {
            complain(e.getMessage());
        }
        read = Optional.of(stamp);
    }

    private void complain(String words) {
        if (!words.equals(complaint)) {
            complaint = words;
            LOG.warn("{}; the table read before stays in force", words);
        }
    }

    private static <T> T parse(Path file, Stamp stamp, Function<List<String>, T> parser) throws IOException {
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
    private record Stamp(Instant modified, long octets, Optional<Object> key) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(
                    attributes.lastModifiedTime().toInstant(),
                    attributes.size(),
                    Optional.ofNullable(attributes.fileKey()));
        }

        boolean isOlderThan(Instant moment) {
            return modified.isBefore(moment);
        }
    }
}
