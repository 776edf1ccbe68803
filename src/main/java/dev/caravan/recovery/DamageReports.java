package dev.caravan.recovery;

import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.recovery.JournalFolder.Stretch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder {@code data/broker/damaged}: copies of the damaged parts of the store, made before the recovery changes
 * anything. Each recovery has its own folder, named by its time, with the octets and a {@code report.txt}. The health
 * page and a metric show the reports until the operator has read them and moves them away.
 *
 * <p>Thread-safe.
 */
public final class DamageReports {
    /** The folder, relative to the folder of the mail. */
    public static final String FOLDER = "broker/damaged";

    private static final Logger LOG = LoggerFactory.getLogger(DamageReports.class);
    private static final String REPORT = "report.txt";
    private static final String PENDING = "pending.txt";
    private static final String RECORDS = "records lost: ";
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(java.time.ZoneOffset.UTC);
    /** The maximum number of copies of torn ends that are kept; these contain no lost message. */
    private static final int MOST_TORN = 10;

    private static final String TORN = "-torn";

    private final Path folder;

    /** @param data the folder of the mail. */
    public DamageReports(Path data) {
        this.folder = data.resolve(FOLDER);
    }

    /** The folder of all reports; created if missing. */
    Path folder() throws IOException {
        return OwnerOnlyFolders.create(folder);
    }

    /** Creates a folder for copies and a report. */
    Path begin(Clock clock, boolean torn) throws IOException {
        String name = NAME.format(clock.instant().truncatedTo(ChronoUnit.MILLIS));
        Path own = folder().resolve(name + (torn ? TORN : ""));
        for (int i = 2; Files.exists(own); i++) {
            own = folder().resolve(name + "-" + i + (torn ? TORN : ""));
        }
        return OwnerOnlyFolders.create(own);
    }

    /** Copies a stretch of a file; the copy is durable when this returns. */
    static Path copy(Path report, Stretch stretch, long to) throws IOException {
        Path copy = report.resolve(stretch.file().getFileName() + "." + stretch.from() + "-" + to);
        try (FileChannel in = FileChannel.open(stretch.file(), StandardOpenOption.READ);
                FileChannel out = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long at = stretch.from();
            while (at < to) {
                long moved = in.transferTo(at, to - at, out);
                if (moved <= 0) {
                    break;
                }
                at += moved;
            }
            out.force(true);
        }
        return copy;
    }

    /** Writes the report of a folder and the list of stretches that are still in the journal. */
    static void write(Path report, long records, List<String> lines, List<Stretch> pending) throws IOException {
        List<String> text = new ArrayList<>();
        text.add(RECORDS + records);
        text.addAll(lines);
        writeDurably(
                report.resolve(PENDING), pending.stream().map(Stretch::name).toList());
        writeDurably(report.resolve(REPORT), text);
    }

    private static void writeDurably(Path file, List<String> lines) throws IOException {
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            out.write(java.nio.ByteBuffer.wrap((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
            out.force(true);
        }
    }

    /** The stretches that an earlier start has reported and did not remove from the journal. */
    Set<String> pending() throws IOException {
        Set<String> names = new HashSet<>();
        for (Path report : reports()) {
            if (Files.exists(report.resolve(PENDING))) {
                names.addAll(Files.readAllLines(report.resolve(PENDING)));
            }
        }
        return names;
    }

    /** Records that all stretches are removed from the journal. */
    void settled() throws IOException {
        List<Path> torn = new ArrayList<>();
        for (Path report : reports()) {
            Files.deleteIfExists(report.resolve(PENDING));
            if (report.getFileName().toString().endsWith(TORN)) {
                torn.add(report);
            }
        }
        for (Path old : torn.subList(0, Math.max(0, torn.size() - MOST_TORN))) {
            OwnerOnlyFolders.remove(old);
        }
    }

    private List<Path> reports() throws IOException {
        List<Path> reports = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                entries.forEach(reports::add);
            }
        }
        reports.removeIf(report -> !Files.isDirectory(report));
        reports.sort(java.util.Comparator.naturalOrder());
        return reports;
    }

    /** The number of lost records of the store, according to the reports that still exist. */
    public long recordsLost() {
        long lost = 0;
        try {
            for (Path report : reports()) {
                lost += recordsLost(report);
            }
        } catch (IOException | NumberFormatException e) {
            LOG.debug("the reports of damage cannot be read: {}", e.toString());
        }
        return lost;
    }

    private static long recordsLost(Path report) throws IOException {
        Path text = report.resolve(REPORT);
        if (!Files.exists(text)) {
            return 0;
        }
        List<String> lines = Files.readAllLines(text);
        return lines.isEmpty() || !lines.get(0).startsWith(RECORDS)
                ? 0
                : Long.parseLong(lines.get(0).substring(RECORDS.length()));
    }

    /** The health warning about the reports that still exist; empty if no record is lost. */
    public Optional<String> warning() {
        long lost = recordsLost();
        return lost == 0 ? Optional.empty() : Optional.of("records lost: " + lost + ", copies in data/" + FOLDER);
    }
}
