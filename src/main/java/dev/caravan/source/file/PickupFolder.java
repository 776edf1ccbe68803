package dev.caravan.source.file;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.lifecycle.FolderLock;
import dev.caravan.mail.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder into which programs put messages, one per file. The server claims a file by renaming it to a unique name;
 * the file stays claimed until its message is stored or refused, across restarts. A lock file lets only one server use
 * the folder at a time.
 */
public final class PickupFolder implements AutoCloseable, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(PickupFolder.class);
    private static final String ENDING = ".eml";
    private static final int MOST = 100;
    /** The maximum number of claimed files that are looked at. */
    private static final int MOST_CLAIMED = 10_000;

    private static final int MAX_NAME = 200;
    /** The maximum number of files that are watched at a time. */
    private static final int MOST_SEEN = 20_000;
    /**
     * How long a file must be unchanged before it is claimed: a program that writes it in place, instead of renaming
     * it, may not have finished.
     */
    private static final Duration STILL = Duration.ofSeconds(2);

    private final Path folder;
    private final boolean keep;
    private final BooleanSupplier isFull;
    private final FolderLock lock;
    private final LongSupplier nanos;
    private final Map<Path, Sight> sights = new HashMap<>();

    /** The last seen state of a file, since when it has been so, and whether a failure to claim it was logged. */
    private record Sight(FileState state, long since, boolean isReported) {}

    /**
     * The attributes that change when a file is written to.
     *
     * @param changed the time of the last change of content, attributes or name, if the file system has it; programs
     *     cannot set it.
     */
    record FileState(long size, FileTime modified, Optional<Object> changed, Optional<Object> key) {
        static FileState of(Path file) throws IOException {
            return Look.at(file).state();
        }
    }

    /** What one look at a file tells. */
    private record Look(FileState state, boolean isRegular) {
        private static final String VIEW = "unix";
        private static final String ATTRIBUTES = VIEW + ":size,lastModifiedTime,ctime,fileKey,isRegularFile";

        static Look at(Path file) throws IOException {
            if (!file.getFileSystem().supportedFileAttributeViews().contains(VIEW)) {
                BasicFileAttributes basic =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                FileState state = new FileState(
                        basic.size(), basic.lastModifiedTime(), Optional.empty(), Optional.ofNullable(basic.fileKey()));
                return new Look(state, basic.isRegularFile());
            }
            // One question to the file system for all.
            Map<String, Object> all = Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            FileState state = new FileState(
                    (Long) Objects.requireNonNull(all.get("size")),
                    (FileTime) Objects.requireNonNull(all.get("lastModifiedTime")),
                    Optional.ofNullable(all.get("ctime")),
                    Optional.ofNullable(all.get("fileKey")));
            return new Look(state, Boolean.TRUE.equals(all.get("isRegularFile")));
        }
    }

    /**
     * @param keep whether files are kept in {@code done} when their messages are stored; otherwise they are deleted.
     * @param isFull whether there is no room for messages now.
     * @param whenLocked runs when this server acquires the lock, which another server may have held before.
     */
    public PickupFolder(Path folder, boolean keep, BooleanSupplier isFull, Runnable whenLocked) {
        this(folder, keep, isFull, whenLocked, System::nanoTime);
    }

    /** @param nanos the time source, such as {@link System#nanoTime}. */
    public PickupFolder(Path folder, boolean keep, BooleanSupplier isFull, Runnable whenLocked, LongSupplier nanos) {
        this.folder = folder;
        this.keep = keep;
        this.isFull = isFull;
        this.lock = new FolderLock(folder.resolve(".lock"), whenLocked);
        this.nanos = nanos;
    }

    /**
     * Claims the files that have not changed for {@code STILL}. A file that cannot be claimed is logged once and
     * skipped.
     *
     * @return all claimed files, including those of earlier calls; at most {@value #MOST}.
     * @throws IOException if the folder cannot be read.
     */
    public synchronized List<Path> claim() throws IOException {
        if (!mayTake()) {
            return List.of();
        }
        List<Path> claimed = list(part("claimed"), file -> true, MOST);
        for (Path file : rested()) {
            if (claimed.size() < MOST) {
                claimOne(file).ifPresent(claimed::add);
            }
        }
        return claimed;
    }

    /** Whether this server may take files now: there is room for messages, and no other server uses the folder. */
    synchronized boolean mayTake() throws IOException {
        part("claimed");
        // Without the lock, two servers would submit each claimed file twice.
        return !isFull.getAsBoolean() && lock.isOurs();
    }

    /** The files that are claimed, by this call or an earlier one; at most {@value #MOST_CLAIMED}. */
    synchronized List<Path> claimed() throws IOException {
        return list(part("claimed"), file -> true, MOST_CLAIMED);
    }

    /**
     * The files that were first seen, or seen to have changed, {@code STILL} ago; at most {@value #MOST_SEEN} are
     * watched.
     */
    synchronized List<Path> rested() throws IOException {
        List<Path> found = list(folder, PickupFolder::isOffered, MOST_SEEN);
        sights.keySet().retainAll(new HashSet<>(found));
        List<Path> rested = new ArrayList<>();
        for (Path file : found) {
            Sight sight = sights.get(file);
            if (sight != null && nanos.getAsLong() - sight.since() >= STILL.toNanos()) {
                rested.add(file);
            } else if (sight == null) {
                try {
                    see(file);
                } catch (IOException | RuntimeException e) {
                    report(file, e);
                }
            }
        }
        return rested;
    }

    /**
     * Claims a file of {@link #rested}, if it has not changed; empty, and logged once, if that is not possible. Named apart
     * from {@link #claim}, which routes call by its name.
     */
    synchronized Optional<Path> claimOne(Path file) {
        try {
            if (!see(file)) {
                return Optional.empty();
            }
            // The name consists of characters that every locale can encode.
            Path own = part("claimed").resolve(UUID.randomUUID() + "-" + name(file));
            Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
            sights.remove(file);
            return Optional.of(own);
        } catch (IOException | RuntimeException e) {
            report(file, e);
            return Optional.empty();
        }
    }

    private static boolean isOffered(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(ENDING) && !name.startsWith(".");
    }

    private void report(Path file, Exception e) {
        Sight sight = sights.get(file);
        if (sight != null && !sight.isReported()) {
            LOG.warn("{} cannot be taken: {}", Printable.line(file.toString(), 2 * MAX_NAME), e.toString());
            sights.put(file, new Sight(sight.state(), sight.since(), true));
        }
    }

    /** Opens a claimed file; does not follow symbolic links. */
    InputStream open(Path file) throws IOException {
        return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * The message of a file is stored.
     *
     * @param sent how many octets of the file were read; if its size differs, a program still writes to it, and the
     *     file is set aside.
     */
    public void done(Path file, long sent) throws IOException {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        long size = FileState.of(file).size();
        if (size != sent) {
            invalid(
                    file,
                    "it was sent when it had " + sent + " octets, and has " + size
                            + " now (expected: a file that is renamed when it is whole)");
            return;
        }
        done(file);
    }

    /** The message of a file was stored before the server was restarted. */
    void done(Path file) throws IOException {
        if (keep) {
            move(file, "done");
        } else {
            Files.deleteIfExists(file);
        }
    }

    /** Sets aside a file that is not a valid message, with the reason in a file beside it. */
    void invalid(Path file, String reason) throws IOException {
        LOG.warn("{} is not a message: {}", Printable.line(file.toString(), 2 * MAX_NAME), reason);
        Files.writeString(part("invalid").resolve(name(file) + ".reason"), reason + "\n");
        move(file, "invalid");
    }

    private void move(Path file, String part) throws IOException {
        Files.move(file, part(part).resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path part(String name) throws IOException {
        Path part = folder.resolve(name);
        return Files.isDirectory(part) ? part : Files.createDirectories(part);
    }

    /** The name of a file, with non-ASCII characters replaced. */
    private static String name(Path file) {
        String name = String.valueOf(file.getFileName()).replaceAll("[^!-.0-~]", "_");
        return name.length() > MAX_NAME ? name.substring(name.length() - MAX_NAME) : name;
    }

    /**
     * Looks at a file. It is watched by the server's own clock; the writing program can set the file's times.
     *
     * @return whether it is as it was when it was last looked at.
     */
    private boolean see(Path file) throws IOException {
        Look look = Look.at(file);
        if (!look.isRegular()) {
            return false;
        }
        Sight sight = sights.get(file);
        if (sight == null || !sight.state().equals(look.state())) {
            sights.put(file, new Sight(look.state(), nanos.getAsLong(), false));
            return false;
        }
        return true;
    }

    private static List<Path> list(Path folder, DirectoryStream.Filter<Path> filter, int most) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, filter)) {
            for (Path entry : entries) {
                files.add(entry);
                if (files.size() == most) {
                    break;
                }
            }
        }
        files.sort(null);
        return files;
    }

    @Override
    public synchronized void close() {
        lock.close();
    }
}
