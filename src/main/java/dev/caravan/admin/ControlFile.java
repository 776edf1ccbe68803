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
 * The file by which an operator's commands reach the running server, in the server's data folder. Only its owner can read
 * it. It holds a token: on the loopback interface the address of a client does not tell one user of the machine from
 * another.
 *
 * @param port where the server listens on the loopback interface; 1 to 65535.
 * @param host the machine, since a folder may be shared by several; empty if it is not known.
 * @param token what a request must carry; new at each start, 32 to 100 letters and digits.
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

    /** Writes the file atomically, readable for the owner only. */
    public void write(Path file) throws IOException {
        // The name is unique, since another server may write its file now.
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
     * Reads the file.
     *
     * @throws IOException if the file is missing, cannot be read, or is not a control file.
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
