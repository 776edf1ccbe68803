package dev.caravan.source;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file whose first line is a password. */
public final class PasswordFile {
    private PasswordFile() {}

    /**
     * The file that a setting names.
     *
     * @throws dev.caravan.config.InvalidSettingsException if it cannot be read.
     */
    public static Optional<Path> of(ServerHome home, Settings settings, Setting<Optional<String>> setting) {
        return home.readable(settings, setting, "a password in its first line");
    }

    /** The first line of a file; empty if it has none. */
    public static String read(Path file) throws IOException {
        return Files.readString(file).lines().findFirst().orElse("");
    }
}
