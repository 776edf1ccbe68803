package dev.caravan.source.sendmail;

import dev.caravan.lifecycle.FolderLock;
import dev.caravan.mail.Printable;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.sendmail.SendmailSubmitter.Result;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder into which {@code bin/sendmail} puts messages while no server runs. Every user may add files, and none may
 * list, read or change the files of others. The server claims a file by renaming it into its own folder and inspects it
 * only then, so that the owner cannot replace it. A lock file lets only one server use the folder at a time.
 */
final class SendmailFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SendmailFolder.class);
    private static final String NEW = "new.";
    private static final int MODE = 03733;
    private static final int MODE_WITHOUT_GROUP = 01733;
    private static final int MOST = 100;
    private static final int MAX_WORDS = 500;
    private static final long PAUSE_NANOS = 10_000_000_000L;

    private final Path folder;
    private final SendmailSubmitter submitter;
    private final FolderLock lock;
    private final Map<Path, Long> later = new HashMap<>();
    private volatile boolean isStopping;

    /**
     * Makes the folder.
     *
     * @param whenLocked runs when this server acquires the lock, which another server may have held before.
     * @throws IOException if it cannot be created.
     */
    SendmailFolder(Path folder, SendmailSubmitter submitter, Runnable whenLocked) throws IOException {
        this.folder = folder;
        this.submitter = submitter;
        Files.createDirectories(folder);
        for (String part : List.of("claimed", "invalid")) {
            Path own = folder.resolve(part);
            if (!Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(
                        own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        }
        this.lock = new FolderLock(folder.resolve("claimed").resolve(".lock"), whenLocked);
        open();
    }

    /**
     * Sets the permissions: the sticky bit protects users' files from each other; the group of the folder lets the
     * server read them.
     */
    private void open() throws IOException {
        int mode = (int) Files.getAttribute(folder, "unix:mode") & 07777;
        if (mode == MODE || mode == MODE_WITHOUT_GROUP) {
            return;
        }
        try {
            Files.setAttribute(folder, "unix:mode", MODE);
        } catch (IOException e) {
            LOG.debug("no group for the files in {}: {}", folder, e.toString());
            Files.setAttribute(folder, "unix:mode", MODE_WITHOUT_GROUP);
        }
    }

    /** Whether this server holds the lock of the folder. */
    boolean isOurs() throws IOException {
        return lock.isOurs();
    }

    /**
     * Submits the messages of all files.
     *
     * @param route the endpoint that submits messages.
     * @throws IOException if the folder cannot be read; its files stay.
     */
    synchronized void submitAll(Target route) throws IOException {
        if (!lock.isOurs()) {
            return;
        }
        List<Path> claimed = list(folder.resolve("claimed"));
        for (Path file : claimed.size() < MOST ? list(folder) : List.<Path>of()) {
            Path own = folder.resolve("claimed").resolve(file.getFileName());
            Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
            claimed.add(own);
        }
        later.keySet().retainAll(claimed);
        for (Path file : claimed) {
            Long since = later.get(file);
            if (isStopping) {
                return;
            }
            if (since == null || System.nanoTime() - since > PAUSE_NANOS) {
                take(route, file);
            }
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, SendmailFolder::isNew)) {
            for (Path entry : entries) {
                files.add(entry);
                if (files.size() == MOST) {
                    break;
                }
            }
        }
        return files;
    }

    private static boolean isNew(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(NEW) && SendmailRequest.isId(name.substring(NEW.length()));
    }

    private void take(Target route, Path file) throws IOException {
        Result result;
        try {
            result = submit(route, file);
        } catch (EOFException e) {
            result = new Result(SendmailSubmitter.DATA_ERROR, "cut short");
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone", file);
            return;
        } catch (IOException e) {
            result = new Result(SendmailSubmitter.TRY_AGAIN, e.toString());
        }
        switch (result.code()) {
            case SendmailSubmitter.OK -> {
                later.remove(file);
                Files.deleteIfExists(file);
            }
            case SendmailSubmitter.TRY_AGAIN -> {
                if (later.put(file, System.nanoTime()) == null) {
                    LOG.warn("{} is sent later: {}", file, words(result));
                }
            }
            default -> {
                later.remove(file);
                LOG.warn("{} cannot be sent and is in the folder invalid: {}", file.getFileName(), words(result));
                Path invalid = folder.resolve("invalid");
                Files.writeString(invalid.resolve(file.getFileName() + ".reason"), words(result) + "\n");
                Files.move(file, invalid.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static String words(Result result) {
        return Printable.line(result.words().replace('\n', ' '), MAX_WORDS);
    }

    private Result submit(Target route, Path file) throws IOException {
        boolean isOne = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1;
        if (!isOne) {
            // A link may lead to a file that the user cannot read.
            return new Result(
                    SendmailSubmitter.DATA_ERROR, "not a file of its own (expected: no link, pipe or folder)");
        }
        String user = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)))) {
            SendmailRequest request;
            try {
                request = SendmailRequest.read(in);
            } catch (EOFException e) {
                throw e;
            } catch (IOException e) {
                return new Result(SendmailSubmitter.DATA_ERROR, String.valueOf(e.getMessage()));
            }
            if (!file.getFileName().toString().equals(NEW + request.id())) {
                return new Result(SendmailSubmitter.DATA_ERROR, "another id (expected: that of the file's name)");
            }
            return submitter.submit(route, request, user, new SendmailRequest.Content(in), false);
        }
    }

    /** Starts no further file. */
    void stop() {
        isStopping = true;
    }

    @Override
    public void close() {
        lock.close();
    }
}
