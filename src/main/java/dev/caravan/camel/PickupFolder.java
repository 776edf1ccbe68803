package dev.caravan.camel;

import dev.caravan.mail.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder into which programs put mail, a file each. A file is claimed by renaming it to a name that no other ever had,
 * and stays claimed until its mail is stored or refused, over any number of starts. One server has the folder at a time.
 */
public final class PickupFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PickupFolder.class);
    private static final String PATTERN = "[!.]*.eml";
    private static final int MOST = 100;
    private static final int MAX_NAME = 200;
    /** A file that changed lately may not be whole, if its writer knows no better than to write it in its place. */
    private static final Duration STILL = Duration.ofSeconds(2);

    private final Path folder;
    private final boolean keep;
    private final BooleanSupplier isFull;
    private final ServerLock lock;

    /**
     * @param keep whether files stay in {@code done} when their mails are stored; otherwise they are deleted.
     * @param isFull whether there is no room for mail now.
     * @param whenOurs is run when we get the folder, which another server may have had until now.
     */
    PickupFolder(Path folder, boolean keep, BooleanSupplier isFull, Runnable whenOurs) {
        this.folder = folder;
        this.keep = keep;
        this.isFull = isFull;
        this.lock = new ServerLock(folder.resolve(".lock"), whenOurs);
    }

    /**
     * Claims files that are there.
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
        List<Path> claimed = list(inHand, "*");
        for (Path file : claimed.size() < MOST ? list(folder, PATTERN) : List.<Path>of()) {
            if (isStill(file) && claimed.size() < MOST) {
                Path own = part("claimed").resolve(UUID.randomUUID() + "-" + name(file));
                Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
                claimed.add(own);
            }
        }
        return claimed;
    }

    /** Opens a claimed file; never one elsewhere to which it links. */
    InputStream open(Path file) throws IOException {
        return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** The mail of a file is stored. */
    void done(Path file) throws IOException {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (keep) {
            move(file, "done");
        } else {
            Files.deleteIfExists(file);
        }
    }

    /** A file is no mail; beside it stands why. */
    void invalid(Path file, String reason) throws IOException {
        LOG.warn("{} is no mail: {}", Printable.line(file.toString(), 2 * MAX_NAME), reason);
        Files.writeString(part("invalid").resolve(file.getFileName() + ".reason"), reason + "\n");
        move(file, "invalid");
    }

    private void move(Path file, String part) throws IOException {
        Files.move(file, part(part).resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path part(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private static String name(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.length() > MAX_NAME ? name.substring(name.length() - MAX_NAME) : name;
    }

    private static boolean isStill(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isBefore(Instant.now().minus(STILL));
    }

    private static List<Path> list(Path folder, String pattern) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            for (Path entry : entries) {
                files.add(entry);
                if (files.size() == 2 * MOST) {
                    break;
                }
            }
        }
        files.sort(null);
        return new ArrayList<>(files.subList(0, Math.min(files.size(), 2 * MOST)));
    }

    @Override
    public synchronized void close() {
        lock.close();
    }
}
