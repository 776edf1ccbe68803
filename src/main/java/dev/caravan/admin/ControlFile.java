package dev.caravan.admin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * How the commands of an operator reach the running server: a file in its data folder, which only its owner can read. Who
 * can read it may do what the server can do; so it holds a secret of which others on the same machine know nothing.
 *
 * @param port where the server listens on the loopback interface; 1 to 65535.
 * @param host the machine, since a folder may be shared by several; empty if it is not known.
 * @param token what a request must bring along; new with each start, 32 to 100 letters and digits.
 */
public record ControlFile(int port, String token, String host) {
    /** The name of the file in the data folder. */
    public static final String NAME = "control";

    private static final Pattern TOKEN = Pattern.compile("[0-9A-Za-z]{32,100}");
    private static final int MAX_PORT = 65535;
    private static final int MAX_OCTETS = 2000;

    /** @throws IllegalArgumentException if one is out of range. */
    public ControlFile {
        if (port < 1 || port > MAX_PORT || !TOKEN.matcher(token).matches()) {
            throw new IllegalArgumentException("malformed (expected: a port and a token)");
        }
    }

    /** The name of this machine; empty if it has none. */
    public static String thisHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    /** Writes it, readable for the owner only, at once and whole. */
    public void write(Path file) throws IOException {
        // Of its own, since another server may do the same now.
        Path made = file.resolveSibling(NAME + "." + UUID.randomUUID() + ".new");
        Files.createFile(made, ownerOnly(file));
        Files.writeString(made, port + "\n" + token + "\n" + host + "\n", StandardCharsets.UTF_8);
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * Reads what a server wrote.
     *
     * @throws IOException if there is no such file, it may not be read, or it is something else.
     */
    public static ControlFile read(Path file) throws IOException {
        if (Files.size(file) > MAX_OCTETS) {
            throw new IOException(file + " is too large (expected: a port and a token)");
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        try {
            return new ControlFile(Integer.parseInt(lines.get(0)), lines.get(1), lines.size() > 2 ? lines.get(2) : "");
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is not of a server (expected: a port and a token)", e);
        }
    }
}
