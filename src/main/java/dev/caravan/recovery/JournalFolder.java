package dev.caravan.recovery;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The condition of all files of a KahaDB journal.
 *
 * @param files in the order in which they were written.
 */
public record JournalFolder(List<JournalScan.Found> files) {
    private static final Pattern NAME = Pattern.compile("db-([0-9]{1,9})\\.log");

    public JournalFolder {
        files = List.copyOf(files);
    }

    /**
     * A damaged or incomplete stretch of a file.
     *
     * @param from the first octet.
     * @param to the octet after the last.
     * @param records how many records of the store it held, as far as they are recognizable.
     */
    record Stretch(Path file, int number, long from, long to, int records) {
        String name() {
            return file.getFileName() + "." + from + "-" + to;
        }

        boolean holds(int otherNumber, long offset) {
            return number == otherNumber && from <= offset && offset < to;
        }
    }

    /**
     * Reads all files of a journal without changing them.
     *
     * @throws IOException if a file cannot be read.
     */
    public static JournalFolder scan(Path folder) throws IOException {
        List<JournalScan.Found> files = new ArrayList<>();
        for (Path file : list(folder)) {
            if (Files.size(file) > 0) {
                files.add(JournalScan.scan(file, number(file)));
            }
        }
        return new JournalFolder(files);
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                entries.forEach(entry -> {
                    if (number(entry) >= 0) {
                        files.add(entry);
                    }
                });
            }
        }
        files.sort(Comparator.comparingInt(JournalFolder::number));
        return files;
    }

    private static int number(Path file) {
        Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    /** The numbers of the journal files in a folder. */
    static Set<Integer> numbers(Path folder) throws IOException {
        return list(folder).stream().map(JournalFolder::number).collect(Collectors.toSet());
    }

    boolean has(int number) {
        return files.stream().anyMatch(file -> file.number() == number);
    }

    private Optional<JournalScan.Found> lastUsed() {
        return files.stream().filter(JournalScan.Found::isUsed).reduce((before, after) -> after);
    }

    /** The damage: incomplete stretches with a whole batch after them, in the same file or a later one. */
    List<Stretch> damage() {
        List<Stretch> damage = new ArrayList<>();
        Optional<JournalScan.Found> last = lastUsed();
        for (JournalScan.Found file : files) {
            for (JournalScan.Gap gap : file.gaps()) {
                damage.add(new Stretch(file.file(), file.number(), gap.from(), gap.to(), gap.records()));
            }
            boolean isBefore = last.isPresent() && file.number() < last.get().number();
            if (isBefore && !file.marked() && file.end() < file.length()) {
                damage.add(new Stretch(file.file(), file.number(), file.end(), file.length(), file.records()));
            }
        }
        return damage;
    }

    /** The torn end of the journal, left by an incomplete last write; empty if the end is valid. */
    Optional<Stretch> tear() {
        return lastUsed()
                .filter(file -> !file.marked())
                .map(file -> new Stretch(file.file(), file.number(), file.end(), file.length(), file.records()));
    }

    /** The incomplete ends: the torn one, and files that the broker preallocated. */
    List<Stretch> ends() {
        List<Stretch> ends = new ArrayList<>(tear().stream().toList());
        int last = lastUsed().map(JournalScan.Found::number).orElse(0);
        files.stream()
                .filter(file -> file.number() > last && !file.marked() && file.batches() == 0)
                .forEach(file -> ends.add(new Stretch(file.file(), file.number(), 0, file.length(), 0)));
        return ends;
    }

    /** The octet after the last non-zero one of the torn end. */
    long usedOf(Stretch tear) {
        return files.stream()
                .filter(file -> file.number() == tear.number())
                .mapToLong(JournalScan.Found::used)
                .findFirst()
                .orElse(tear.from());
    }

    /** Preallocated files without records and without an end mark. */
    List<Path> unmarked() {
        Optional<Stretch> tear = tear();
        return ends().stream()
                .filter(end -> tear.filter(end::equals).isEmpty())
                .map(Stretch::file)
                .toList();
    }

    boolean isWhole() {
        return damage().isEmpty() && tear().isEmpty() && unmarked().isEmpty();
    }
}
