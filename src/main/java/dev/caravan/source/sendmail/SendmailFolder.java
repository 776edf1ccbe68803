package dev.caravan.source.sendmail;

import dev.caravan.lifecycle.FolderLock;
import dev.caravan.mail.Printable;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionsInHand;
import dev.caravan.source.sendmail.SendmailSubmitter.Result;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
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
    /** The maximum number of files that one look at the folder finds. */
    private static final int MOST = 1000;
    /** While so many claimed files are sent later, no more are claimed. */
    private static final int MOST_LATER = 1000;
    /** One call ends after this time even if there are more files. */
    private static final long LONGEST_NANOS = 20_000_000_000L;

    private static final int MAX_WORDS = 500;
    private static final long PAUSE_NANOS = 10_000_000_000L;

    private final Path folder;
    private final SendmailSubmitter submitter;
    private final FolderLock lock;
    private final Map<Path, Long> later = new HashMap<>();
    private final SubmissionsInHand<Path, Result> inHand;
    /** The names of users by their numbers; asked anew with each call. */
    private final Map<String, String> users = new HashMap<>();

    private volatile boolean isStopping;

    /**
     * Makes the folder.
     *
     * @param limits of the files that are read and not stored yet.
     * @param whenLocked runs when this server acquires the lock, which another server may have held before.
     * @throws IOException if it cannot be created.
     */
    SendmailFolder(Path folder, SendmailSubmitter submitter, SubmissionsInHand.Limits limits, Runnable whenLocked)
            throws IOException {
        this.folder = folder;
        this.inHand = new SubmissionsInHand<>(limits, SendmailFolder::failed, this::ended);
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
     * Submits the messages of all files, many at a time; returns when all that were begun have ended.
     *
     * @param route the endpoint that submits messages.
     * @throws IOException if the folder cannot be read; its files stay.
     */
    synchronized void submitAll(Target route) throws IOException, InterruptedException {
        long began = System.nanoTime();
        users.clear();
        try {
            if (!lock.isOurs()) {
                return;
            }
            List<Path> claimed = list(folder.resolve("claimed"), Integer.MAX_VALUE);
            later.keySet().retainAll(new HashSet<>(claimed));
            for (Path file : claimed) {
                Long since = later.get(file);
                if (isStopping) {
                    return;
                }
                if (since == null || System.nanoTime() - since > PAUSE_NANOS) {
                    take(route, file);
                }
            }
            for (List<Path> found = list(folder, MOST); !found.isEmpty(); found = list(folder, MOST)) {
                for (Path file : found) {
                    if (isStopping || later.size() >= MOST_LATER || System.nanoTime() - began > LONGEST_NANOS) {
                        return;
                    }
                    Path own = folder.resolve("claimed").resolve(file.getFileName());
                    Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
                    take(route, own);
                }
            }
        } finally {
            inHand.finish();
        }
    }

    private static List<Path> list(Path folder, int most) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, SendmailFolder::isNew)) {
            for (Path entry : entries) {
                files.add(entry);
                if (files.size() == most) {
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

    private void take(Target route, Path file) throws IOException, InterruptedException {
        long size;
        try {
            size = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .size();
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone", file);
            return;
        }
        inHand.begin(file, size, () -> {
            try {
                return submit(route, file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Result failed(Throwable failure) {
        @Nullable IOException cause = failure instanceof UncheckedIOException wrapped ? wrapped.getCause() : null;
        if (cause instanceof EOFException) {
            return new Result(SendmailSubmitter.DATA_ERROR, "cut short");
        }
        return new Result(SendmailSubmitter.TRY_AGAIN, cause == null ? failure.toString() : cause.toString());
    }

    private void ended(Path file, Result result) {
        try {
            settle(file, result);
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone", file);
        } catch (IOException e) {
            LOG.warn("{} stays where it is: {}", file, e.toString());
        }
    }

    private void settle(Path file, Result result) throws IOException {
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

    private CompletionStage<Result> submit(Target route, Path file) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(file, "unix:isRegularFile,nlink,uid", LinkOption.NOFOLLOW_LINKS);
        boolean isOne = Boolean.TRUE.equals(attributes.get("isRegularFile"))
                && Integer.valueOf(1).equals(attributes.get("nlink"));
        if (!isOne) {
            // A link may lead to a file that the user cannot read.
            return refused("not a file of its own (expected: no link, pipe or folder)");
        }
        String user = user(file, String.valueOf(attributes.get("uid")));
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)))) {
            SendmailRequest request;
            try {
                request = SendmailRequest.read(in);
            } catch (EOFException e) {
                throw e;
            } catch (IOException e) {
                return refused(String.valueOf(e.getMessage()));
            }
            if (!file.getFileName().toString().equals(NEW + request.id())) {
                return refused("another id (expected: that of the file's name)");
            }
            return submitter.submitLater(route, request, user, new SendmailRequest.Content(in), false);
        }
    }

    private static CompletionStage<Result> refused(String reason) {
        return CompletableFuture.completedFuture(new Result(SendmailSubmitter.DATA_ERROR, reason));
    }

    /** The name of a file's owner. */
    private String user(Path file, String uid) throws IOException {
        String known = users.get(uid);
        if (known == null) {
            known = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
            users.put(uid, known);
        }
        return known;
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
