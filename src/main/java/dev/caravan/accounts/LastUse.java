package dev.caravan.accounts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each credential was last used, in a file of lines {@code user TAB label TAB time} with an empty label for the user's
 * own password. A convenience: nothing depends on it, and a lost file loses only these times. Thread-safe.
 */
public final class LastUse {
    /** The name of the file in the folder of data. */
    public static final String NAME = "last-logins";

    private static final Logger LOG = LoggerFactory.getLogger(LastUse.class);
    private static final int MOST = 100_000;

    private final Path file;
    private final Clock clock;
    private final Map<String, Instant> times;
    private boolean isChanged;

    LastUse(Path data, Clock clock) {
        this.file = data.resolve(NAME);
        this.clock = clock;
        this.times = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
                return size() > MOST;
            }
        };
        times.putAll(read(data));
    }

    /** The times of a folder of data, by {@link #key}; none if the file is missing or cannot be read. */
    public static Map<String, Instant> read(Path data) {
        Map<String, Instant> times = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(data.resolve(NAME), StandardCharsets.UTF_8)) {
                int tab = line.lastIndexOf('\t');
                if (tab > 0) {
                    times.put(line.substring(0, tab), Instant.parse(line.substring(tab + 1)));
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("no {} yet", NAME);
        } catch (IOException | DateTimeParseException e) {
            LOG.warn("cannot read {}: {}", NAME, e.toString());
        }
        return times;
    }

    /** The name of a credential. */
    public static String key(String user, Optional<String> label) {
        return user.replaceAll("\\p{Cntrl}", "?") + "\t" + label.orElse("");
    }

    synchronized void used(String user, Optional<String> label) {
        times.put(key(user, label), clock.instant().truncatedTo(ChronoUnit.SECONDS));
        isChanged = true;
    }

    /** Writes the file if there is news; blocks on the disk. */
    void save() {
        StringBuilder text = new StringBuilder();
        synchronized (this) {
            if (!isChanged) {
                return;
            }
            isChanged = false;
            times.forEach(
                    (key, time) -> text.append(key).append('\t').append(time).append('\n'));
        }
        try {
            Path next = file.resolveSibling(NAME + ".new");
            Files.writeString(next, text, StandardCharsets.UTF_8);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("cannot write {}: {}", NAME, e.toString());
        }
    }
}
