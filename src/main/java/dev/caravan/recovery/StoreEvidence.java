package dev.caravan.recovery;

import dev.caravan.config.ServerHome;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records outside the folder of the store that a store exists: in a file {@code .store-seen} in {@code data/}, and
 * another one in the home if {@code data/} is in it. So the server detects an empty disk that is mounted in the place
 * of the right one. Also records whether {@code broker.accept-lost-journal} has been used, so that it takes effect
 * once.
 */
public final class StoreEvidence {
    private static final Logger LOG = LoggerFactory.getLogger(StoreEvidence.class);
    private static final String NAME = ".store-seen";
    private static final String FILES = "journal-files";
    private static final String CLEAN = "stopped";
    private static final String USED = "accept-lost-journal-used";

    private final Path inData;
    private final List<Path> all = new ArrayList<>();
    private final boolean hadData;

    /** Create it before anything is written into the folder of the mail. */
    public StoreEvidence(ServerHome home) {
        this.inData = home.mail().resolve(NAME);
        this.hadData = Files.exists(home.mail(), LinkOption.NOFOLLOW_LINKS);
        all.add(inData);
        if (home.mail().startsWith(home.folder()) && !home.mail().equals(home.folder())) {
            all.add(home.folder().resolve(NAME));
        }
    }

    /**
     * Whether an earlier start had a store. A missing folder of the mail is not a lost store: a person removed it,
     * because a disk that is not mounted leaves an empty folder.
     */
    boolean knowsStore() {
        return hadData && all.stream().anyMatch(Files::exists);
    }

    /** The numbers of the journal files at the last record; empty if unknown. */
    Set<Integer> files() {
        Set<Integer> numbers = new TreeSet<>();
        for (String word : read(inData).getProperty(FILES, "").split(" ", -1)) {
            if (word.matches("[0-9]{1,9}")) {
                numbers.add(Integer.valueOf(word));
            }
        }
        return numbers;
    }

    /** Whether the last server that used the store stopped it cleanly. */
    boolean isStopped() {
        return read(inData).containsKey(CLEAN);
    }

    /** Whether {@code broker.accept-lost-journal} was used since it was last withdrawn. */
    boolean isPermissionUsed() {
        return all.stream().anyMatch(file -> read(file).containsKey(USED));
    }

    /**
     * Records the state of the store while it is in use.
     *
     * @param files the numbers of the journal files.
     * @param permitted whether {@code broker.accept-lost-journal} is set, which is thereby recorded as used.
     */
    void noteUse(Set<Integer> files, boolean permitted) {
        for (Path file : all) {
            Properties known = read(file);
            Properties now = new Properties();
            now.setProperty(FILES, text(files));
            if (permitted) {
                now.setProperty(
                        USED, known.getProperty(USED, java.time.Instant.now().toString()));
            }
            if (!now.equals(known)) {
                write(file, now);
            }
        }
    }

    /** Records that the store was stopped cleanly, with its files at that time. */
    void noteStop(Set<Integer> files) {
        Properties now = read(inData);
        now.setProperty(FILES, text(files));
        now.setProperty(CLEAN, "cleanly");
        write(inData, now);
    }

    private static String text(Set<Integer> files) {
        return files.stream().sorted().map(String::valueOf).collect(Collectors.joining(" "));
    }

    /** Records that {@code broker.accept-lost-journal} is not set any more, so that it can be used again. */
    void withdraw() {
        for (Path file : all) {
            Properties known = read(file);
            if (known.remove(USED) != null) {
                write(file, known);
            }
        }
    }

    private static Properties read(Path file) {
        Properties properties = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                LOG.debug("{} cannot be read: {}", file, e.toString());
            }
        }
        return properties;
    }

    private static void write(Path file, Properties properties) {
        StringBuilder text = new StringBuilder(
                "# Caravan notices by this file that its store is gone: docs/operations.md, \"A lost store\".\n");
        properties.forEach((key, value) -> text.append(key)
                .append('=')
                .append(value.toString().replace("\\", "\\\\"))
                .append('\n'));
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(draft, text.toString().getBytes(StandardCharsets.UTF_8));
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // The home may not be writable; then only the file in data/ exists.
            LOG.debug("{} cannot be written: {}", file, e.toString());
        }
    }
}
