package dev.caravan.login;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counts of {@link DayQuota}s in a small file, so that a restart does not forget them. Blocks on the disk. */
final class QuotaFile {
    private static final Logger LOG = LoggerFactory.getLogger(QuotaFile.class);
    private static final int PARTS = 4;
    private static final int MAX_LINES = 100_000;

    private final Path file;

    /**
     * One line.
     *
     * @param name of the smart host.
     * @param hour since 1970.
     */
    record Line(String name, long hour, DayQuota.Count count) {}

    QuotaFile(Path file) {
        this.file = file;
    }

    /** What was written last; a file that is missing or damaged counts as empty, since mail must go on. */
    Map<String, List<Line>> read() {
        Map<String, List<Line>> byName = new HashMap<>();
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
            for (String text : lines.subList(0, Math.min(MAX_LINES, lines.size()))) {
                String[] parts = text.split(" ", PARTS);
                Line line = new Line(
                        parts[0],
                        Long.parseLong(parts[1]),
                        new DayQuota.Count(Long.parseLong(parts[2]), Long.parseLong(parts[PARTS - 1])));
                byName.computeIfAbsent(line.name(), unused -> new ArrayList<>()).add(line);
            }
        } catch (NoSuchFileException e) {
            LOG.trace("{} does not exist yet", file);
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            LOG.warn("cannot read {}: what was sent to smart hosts before is not counted: {}", file, e.toString());
        }
        return byName;
    }

    /** Replaces the file in one step. */
    void write(List<Line> lines) {
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            text.append(line.name())
                    .append(' ')
                    .append(line.hour())
                    .append(' ')
                    .append(line.count().messages())
                    .append(' ')
                    .append(line.count().recipients())
                    .append('\n');
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(draft, text, StandardCharsets.US_ASCII);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("cannot write {}, so a restart would forget what was sent today: {}", file, e.toString());
        }
    }
}
