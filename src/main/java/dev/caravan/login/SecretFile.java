package dev.caravan.login;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that holds one secret: its first line. It is read again when it changes. Thread-safe; blocks on the disk. No
 * message of an exception has a part of the content.
 */
final class SecretFile {
    /** Larger files are refused: a token has a few KiB. */
    static final int MAX_OCTETS = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
    private static final Set<PosixFilePermission> OF_OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Path file;
    private Optional<Stamp> read = Optional.empty();
    private Secret secret = new Secret("");

    private record Stamp(FileTime modified, long size, Object key) {}

    SecretFile(Path file) {
        this.file = file;
    }

    /**
     * The secret as it stands in the file.
     *
     * @throws IOException if the file cannot be read, or has no secret; the message names the file.
     */
    synchronized Secret read() throws IOException {
        Stamp now = stamp();
        if (read.equals(Optional.of(now))) {
            return secret;
        }
        if (now.size() > MAX_OCTETS) {
            throw new IOException(
                    file + " has " + now.size() + " octets (expected: a secret of at most " + MAX_OCTETS + ")");
        }
        String text = Files.readString(file, StandardCharsets.UTF_8);
        String line = text.lines().findFirst().orElse("").strip();
        if (line.isEmpty()) {
            throw new IOException(file + " is empty (expected: a secret in its first line)");
        }
        if (isForOthers()) {
            LOG.warn("others than its owner may read {}, which holds a secret (expected: chmod 600)", file);
        }
        secret = new Secret(line);
        read = Optional.of(now);
        return secret;
    }

    private Stamp stamp() throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Object key = attributes.fileKey();
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), key == null ? "" : key);
        } catch (NoSuchFileException e) {
            throw new IOException("no file " + file + " (expected: a secret in its first line)", e);
        }
    }

    private boolean isForOthers() throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        return view != null && view.readAttributes().permissions().stream().anyMatch(OF_OTHERS::contains);
    }

    /** Replaces the secret, in one step, by a file that only its owner may read. */
    synchronized void write(Secret other) throws IOException {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow();
        Path draft = Files.getFileAttributeView(folder, PosixFileAttributeView.class) == null
                ? Files.createTempFile(folder, ".secret", null)
                : Files.createTempFile(
                        folder,
                        ".secret",
                        null,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(draft, other.reveal() + "\n", StandardCharsets.UTF_8);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(draft);
        }
        secret = other;
        read = Optional.of(stamp());
    }
}
