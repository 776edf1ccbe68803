package dev.caravan.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The two folders of a server: its home, and the distribution, whose files it uses where the home has none.
 *
 * @param folder holds {@code data/} and may hold {@code routes/}, {@code broker-config/}, {@code caravan.properties}.
 * @param distribution holds {@code routes/} and {@code broker-config/} as shipped.
 * @param mail where mail is kept: {@code data/} of the home.
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

    /** This home with another folder for mail, for checks and tests. */
    public ServerHome withMailIn(Path other) {
        return new ServerHome(folder, distribution, other);
    }

    /**
     * The folder or file of that name: that of the home if it exists, else that of the distribution.
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

    /** Where a table of that name may be, as {@link #resolve} looks for it: the first that exists is used. */
    public List<Path> places(String name) {
        return Stream.of(folder.resolve(name), distribution.resolve(name))
                .distinct()
                .toList();
    }

    /** Whether the file of the distribution is used, because the home has none. */
    public boolean usesShipped(String name) {
        return Files.notExists(folder.resolve(name)) && Files.exists(distribution.resolve(name));
    }

    /** A file of {@code broker-config/}: that of the home if it exists, else that of the distribution. */
    public Path brokerConfig(String name) {
        return resolve("broker-config/" + name);
    }

    /** The folder of the routes; that of the home replaces that of the distribution as a whole. */
    public Path routes() {
        return resolve("routes");
    }

    /** Where mail is kept; created, for its owner only, if it does not exist. */
    public Path data() throws IOException {
        return OwnerOnlyFolders.create(mail);
    }
}
