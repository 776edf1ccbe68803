package dev.caravan.broker;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The name and password that clients of the broker log in with. Its text never has the password. Immutable. */
public final class BrokerLogin {
    /** Larger files are refused. */
    private static final int MAX_OCTETS = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLogin.class);
    private static final Set<PosixFilePermission> OF_OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final String user;
    private final String password;

    public BrokerLogin(String user, String password) {
        this.user = user;
        this.password = password;
    }

    /**
     * The login of the settings; empty if they have none. Warns of a file that others can read.
     *
     * @throws IOException if the file cannot be read.
     * @throws InvalidSettingsException if one of the two settings is missing, or the file has no password.
     */
    public static Optional<BrokerLogin> of(ServerHome home, Settings settings) throws IOException {
        Optional<String> user = settings.get(BrokerSettings.USER);
        Optional<Path> file = home.readable(settings, BrokerSettings.PASSWORD_FILE, "a password in its first line");
        if (user.isEmpty() && file.isEmpty()) {
            return Optional.empty();
        }
        if (user.isEmpty()) {
            throw new InvalidSettingsException(
                    BrokerSettings.PASSWORD_FILE, "without a user", BrokerSettings.USER.key() + " too");
        }
        if (file.isEmpty()) {
            throw new InvalidSettingsException(
                    BrokerSettings.USER, "without a password", BrokerSettings.PASSWORD_FILE.key() + " too");
        }
        return Optional.of(new BrokerLogin(user.get(), password(file.get())));
    }

    private static String password(Path file) throws IOException {
        String line = Files.size(file) > MAX_OCTETS
                ? ""
                : Files.readString(file, StandardCharsets.UTF_8)
                        .lines()
                        .findFirst()
                        .orElse("")
                        .strip();
        if (line.isEmpty()) {
            throw new InvalidSettingsException(
                    BrokerSettings.PASSWORD_FILE, file + " has no password", "a password in its first line");
        }
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view != null && view.readAttributes().permissions().stream().anyMatch(OF_OTHERS::contains)) {
            LOG.warn("others than its owner may read {}, which holds a secret (expected: chmod 600)", file);
        }
        return line;
    }

    /** Whether a client has given this name and this password. Takes the same time for every wrong password. */
    boolean isSame(@Nullable String otherUser, @Nullable String otherPassword) {
        boolean isUser = isSameText(user, otherUser);
        return isSameText(password, otherPassword) && isUser;
    }

    private static boolean isSameText(String ours, @Nullable String theirs) {
        return theirs != null
                && MessageDigest.isEqual(
                        ours.getBytes(StandardCharsets.UTF_8), theirs.getBytes(StandardCharsets.UTF_8));
    }

    String user() {
        return user;
    }

    /** For the client library only. */
    String password() {
        return password;
    }

    @Override
    public String toString() {
        return user + " (password)";
    }
}
