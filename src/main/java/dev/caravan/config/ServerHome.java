package dev.caravan.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The two folders that a server lives in: its own, and the distribution from which it takes what its own lacks.
 *
 * @param folder holds {@code data/} and may hold {@code routes/}, {@code broker-config/}, {@code caravan.properties}.
 * @param distribution holds {@code routes/} and {@code broker-config/} as shipped.
 * @param mail where mail is kept: {@code data/} of its own folder.
 */
public record ServerHome(Path folder, Path distribution, Path mail) {
    public ServerHome {
        folder = folder.toAbsolutePath().normalize();
        distribution = distribution.toAbsolutePath().normalize();
        mail = mail.toAbsolutePath().normalize();
    }

    /** A home that keeps its mail in {@code data/}. */
    public ServerHome(Path folder, Path distribution) {
        this(folder, distribution, folder.resolve("data"));
    }

    /** This home with its mail in another folder, as a check of the configuration needs it. */
    public ServerHome withMailIn(Path other) {
        return new ServerHome(folder, distribution, other);
    }

    /**
     * The folder or file of that name: our own if it exists, else the distribution's.
     *
     * @param name a relative path; an absolute one is taken as it is.
     */
    public Path resolve(String name) {
        Path mine = folder.resolve(name);
        return Files.exists(mine) ? mine : distribution.resolve(name);
    }

    /**
     * The file that a setting names, if it names one.
     *
     * @param content what the file holds, for the error.
     * @throws InvalidSettingsException if the file cannot be read.
     */
    public Optional<Path> readable(Settings settings, Setting<Optional<String>> setting, String content) {
        Optional<Path> file = settings.get(setting).map(this::resolve);
        if (file.isPresent() && !Files.isReadable(file.get())) {
            throw new InvalidSettingsException(setting, "cannot read " + file.get(), content);
        }
        return file;
    }

    /** Where a table of that name may be, as {@link #resolve} looks for it: the first that exists counts. */
    public List<Path> places(String name) {
        return Stream.of(folder.resolve(name), distribution.resolve(name))
                .distinct()
                .toList();
    }

    /** Whether a name stands for the distribution's file, because our own folder has none. */
    public boolean usesShipped(String name) {
        return Files.notExists(folder.resolve(name)) && Files.exists(distribution.resolve(name));
    }

    /** A file of {@code broker-config/}; one that our own folder lacks is the distribution's. */
    public Path brokerConfig(String name) {
        return resolve("broker-config/" + name);
    }

    /** The folder of the routes; our own replaces the distribution's as a whole. */
    public Path routes() {
        return resolve("routes");
    }

    /** Where mail is kept; made, for its owner only, if it does not exist. */
    public Path data() throws IOException {
        return OwnerOnlyFolders.create(mail);
    }
}
