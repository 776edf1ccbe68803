package dev.caravan.delivery;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * One user's Maildir: a file is written to {@code tmp}, made durable, and moved to {@code new}, so that readers see
 * only complete messages. Only the owner can read folders and files.
 */
final class Maildir {
    private static final int CHUNK = 32 * 1024;
    private static final Set<String> PARTS = Set.of("tmp", "new", "cur");

    private final Path folder;

    Maildir(Path folder) {
        this.folder = folder;
    }

    /** Creates missing folders, durably. */
    void create() throws IOException {
        for (String part : PARTS) {
            createFolder(folder.resolve(part));
        }
    }

    private void createFolder(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return;
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            createFolder(parent);
        }
        try {
            Files.createDirectory(path, permissions("rwx------"));
        } catch (java.nio.file.FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw e;
            }
        }
        if (parent != null) {
            syncFolder(parent);
        }
    }

    private FileAttribute<?>[] permissions(String text) {
        boolean isPosix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        return isPosix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))}
                : new FileAttribute<?>[0];
    }

    /** Whether a file of this name is in {@code new}, or in {@code cur} with any flags that a reader has added. */
    boolean contains(String name) throws IOException {
        return contains(List.of(name));
    }

    /** The same of any of these names. */
    boolean contains(List<String> names) throws IOException {
        for (String name : names) {
            if (Files.exists(folder.resolve("new").resolve(name))) {
                return true;
            }
        }
        // Readers append a colon and flags; some replace the colon.
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder.resolve("cur"), hasPrefix(names))) {
            return found.iterator().hasNext();
        }
    }

    /**
     * Puts a message into {@code new}; durable when this returns. Another server may deliver the same message at the
     * same time, because a broker that loses a connection gives the messages of that connection to another server. Each
     * server writes a file of its own, and one file stays. Removes what a crash left of this message in {@code tmp}.
     *
     * @param name the name of the file.
     * @param header lines that come first, with CRLF.
     * @param content closed by the caller; CRLF becomes LF.
     */
    void store(String name, String header, InputStream content) throws IOException {
        Path temporary = folder.resolve("tmp").resolve(name + "." + UUID.randomUUID());
        try (FileChannel file = FileChannel.open(
                temporary, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), permissions("rw-------"))) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), CHUNK);
            LineEnds lines = new LineEnds(out);
            byte[] octets = header.getBytes(StandardCharsets.UTF_8);
            lines.write(octets, octets.length);
            byte[] chunk = new byte[CHUNK];
            for (int length = content.read(chunk); length >= 0; length = content.read(chunk)) {
                lines.write(chunk, length);
            }
            lines.end();
            out.flush();
            file.force(true);
        } catch (IOException e) {
            deleteQuietly(temporary, e);
            throw e;
        }
        reveal(temporary, name);
        syncFolder(folder.resolve("new"));
        removeLeftovers(name);
    }

    private void reveal(Path temporary, String name) throws IOException {
        // Another server may have been quicker, and a reader may have moved the message to cur.
        if (!contains(name)) {
            try {
                Files.move(temporary, folder.resolve("new").resolve(name), StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                // The quicker server removed this file as a leftover.
                if (!contains(name)) {
                    throw e;
                }
            }
        }
    }

    private void removeLeftovers(String name) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder.resolve("tmp"), hasPrefix(List.of(name)))) {
            for (Path file : found) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static DirectoryStream.Filter<Path> hasPrefix(List<String> names) {
        return path -> names.stream().anyMatch(path.getFileName().toString()::startsWith);
    }

    private static void deleteQuietly(Path file, IOException reason) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static void syncFolder(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
