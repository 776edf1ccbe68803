package dev.caravan.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where rounds add up over several runs: one line for each round, with the case's name, the round's seed and its
 * numbers, separated by commas. {@code -Dchaos.results=FILE} says where; by default {@code target/chaos/rounds.csv}.
 */
public final class RoundFile {
    private static final int NAMES = 2;

    /** The rounds of one case. */
    public record Sum(int rounds, Tally tally) {
        private Sum plus(Sum other) {
            return new Sum(rounds + other.rounds, tally.plus(other.tally));
        }
    }

    private final Path file;

    public RoundFile(Path file) {
        this.file = file;
    }

    /** The file of this run. */
    public static RoundFile standard() {
        return new RoundFile(Path.of(System.getProperty("chaos.results", "target/chaos/rounds.csv")));
    }

    /** @throws IllegalArgumentException if the name has a comma. */
    public void add(String name, long seed, Tally tally) throws IOException {
        if (name.contains(",")) {
            throw new IllegalArgumentException("a comma in " + name + " (expected: none)");
        }
        String numbers = tally.numbers().stream().map(String::valueOf).collect(Collectors.joining(","));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(
                file, name + "," + seed + "," + numbers + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The sums of all cases, by name. */
    public Map<String, Sum> sums() throws IOException {
        Map<String, Sum> sums = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            List<String> fields = Arrays.asList(line.split(",", -1));
            Tally tally = Tally.of(fields.subList(NAMES, fields.size()).stream()
                    .map(Long::valueOf)
                    .toList());
            sums.merge(fields.get(0), new Sum(1, tally), Sum::plus);
        }
        return sums;
    }

    /** The sums as a table in Markdown. */
    public String table() throws IOException {
        StringBuilder table = new StringBuilder("| case | rounds | acknowledged | delivered | bounced | still queued"
                + " | lost | duplicated | explained copies | no reply, yet kept | 4yz, yet kept"
                + " | longest wait |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        sums().forEach((name, sum) -> {
            List<Long> numbers = sum.tally().numbers();
            table.append("| ").append(name).append(" | ").append(sum.rounds());
            numbers.subList(0, numbers.size() - 1)
                    .forEach(number -> table.append(" | ").append(number));
            table.append(String.format(
                    java.util.Locale.ROOT, " | %.1f s |\n", sum.tally().longestWait() / 1000.0));
        });
        return table.toString();
    }
}
