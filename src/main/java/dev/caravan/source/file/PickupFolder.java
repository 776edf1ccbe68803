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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder into which programs put mail, a file each. A file is claimed by renaming it to a name that no other ever had,
 * and stays claimed until its mail is stored or refused, over any number of starts. One server has the folder at a time.
 */
public final class PickupFolder implements AutoCloseable, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(PickupFolder.class);
    private static final String PATTERN = "[!.]*.eml";
    private static final int MOST = 100;
    private static final int MAX_NAME = 200;
    /** How many files of the folder are watched at a time. */
    private static final int MOST_SEEN = 10_000;
    /** A file that changed lately may not be whole, if its writer knows no better than to write it in its place. */
    private static final Duration STILL = Duration.ofSeconds(2);

    private final Path folder;
    private final boolean keep;
    private final BooleanSupplier isFull;
    private final FolderLock lock;
    private final LongSupplier nanos;
    private final Map<Path, Sight> sights = new HashMap<>();

    /** What was seen of a file, and since when it is so; for files that cannot be claimed, that this was said. */
    private record Sight(FileState state, long since, boolean isReported) {}

    /**
     * What shows that a file is written to.
     *
     * @param changed when anything of it changed, its name too, if the file system says so; no program can set that.
     */
    record FileState(long size, FileTime modified, Optional<Object> changed, Optional<Object> key) {
        static FileState of(Path file) throws IOException {
            BasicFileAttributes basic =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Optional<Object> changed =
                    file.getFileSystem().supportedFileAttributeViews().contains("unix")
                            ? Optional.of(Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS))
                            : Optional.empty();
            return new FileState(basic.size(), basic.lastModifiedTime(), changed, Optional.ofNullable(basic.fileKey()));
        }
    }

    /**
     * @param keep whether files stay in {@code done} when their mails are stored; otherwise they are deleted.
     * @param isFull whether there is no room for mail now.
     * @param whenOurs is run when we get the folder, which another server may have had until now.
     */
    public PickupFolder(Path folder, boolean keep, BooleanSupplier isFull, Runnable whenOurs) {
        this(folder, keep, isFull, whenOurs, System::nanoTime);
    }

    /** @param nanos the time, as {@link System#nanoTime} has it. */
    public PickupFolder(Path folder, boolean keep, BooleanSupplier isFull, Runnable whenOurs, LongSupplier nanos) {
        this.folder = folder;
        this.keep = keep;
        this.isFull = isFull;
        this.lock = new FolderLock(folder.resolve(".lock"), whenOurs);
        this.nanos = nanos;
    }

    /**
     * Claims files that are there, if nothing of them has changed for {@code STILL}. A file that cannot be claimed is
     * reported once, and the others are claimed.
     *
     * @return all that are claimed, those of former times too; at most {@value #MOST}.
     * @throws IOException if the folder cannot be used.
     */
    public synchronized List<Path> claim() throws IOException {
        Path inHand = part("claimed");
        // Two servers would take each claimed file twice.
        if (isFull.getAsBoolean() || !lock.isOurs()) {
            return List.of();
        }
        List<Path> claimed = list(inHand, "*", MOST);
        List<Path> found = list(folder, PATTERN, MOST_SEEN);
        sights.keySet().retainAll(Set.copyOf(found));
        for (Path file : found) {
            try {
                if (isStill(file) && claimed.size() < MOST) {
                    // The name is made of characters that every locale can write.
                    Path own = inHand.resolve(UUID.randomUUID() + "-" + name(file));
                    Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
                    sights.remove(file);
                    claimed.add(own);
                }
            } catch (IOException | RuntimeException e) {
                report(file, e);
            }
        }
        return claimed;
    }

    private void report(Path file, Exception e) {
        Sight sight = sights.get(file);
        if (sight != null && !sight.isReported()) {
            LOG.warn("{} cannot be taken: {}", Printable.line(file.toString(), 2 * MAX_NAME), e.toString());
            sights.put(file, new Sight(sight.state(), sight.since(), true));
        }
    }

    /** Opens a claimed file; never one elsewhere to which it links. */
    InputStream open(Path file) throws IOException {
        return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * The mail of a file is stored.
     *
     * @param sent how many octets of the file were read; if there are others, a program still writes to it, and it is
     *     set aside.
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

    /** The mail of a file was stored before we stopped. */
    void done(Path file) throws IOException {
        if (keep) {
            move(file, "done");
        } else {
            Files.deleteIfExists(file);
        }
    }

    /** A file is no mail; beside it stands why. */
    void invalid(Path file, String reason) throws IOException {
        LOG.warn("{} is no mail: {}", Printable.line(file.toString(), 2 * MAX_NAME), reason);
        Files.writeString(part("invalid").resolve(name(file) + ".reason"), reason + "\n");
        move(file, "invalid");
    }

    private void move(Path file, String part) throws IOException {
        Files.move(file, part(part).resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path part(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    /** The name of a file, as far as it can be written in ASCII. */
    private static String name(Path file) {
        String name = String.valueOf(file.getFileName()).replaceAll("[^!-.0-~]", "_");
        return name.length() > MAX_NAME ? name.substring(name.length() - MAX_NAME) : name;
    }

    /** Whether a file has been as it is for long enough; its own times are those of its program's choice. */
    private boolean isStill(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        FileState state = FileState.of(file);
        long now = nanos.getAsLong();
        Sight sight = sights.get(file);
        if (sight == null || !sight.state().equals(state)) {
            sights.put(file, new Sight(state, now, false));
            return false;
        }
        return now - sight.since() >= STILL.toNanos();
    }

    private static List<Path> list(Path folder, String pattern, int most) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
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
