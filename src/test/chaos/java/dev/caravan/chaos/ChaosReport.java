package dev.caravan.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Sums up the rounds of all runs: {@code mvn -Pchaos test -Dtest=ChaosReport} writes {@code target/chaos/table.md}, and
 * with {@code -Dchaos.write} the table of {@code docs/reliability.md}.
 */
class ChaosReport {
    private static final Path PAGE = Path.of("docs/reliability.md");
    private static final String BEGIN = "<!-- rounds: begin -->\n";
    private static final String END = "<!-- rounds: end -->";

    @Test
    void sumsUp() throws Exception {
        String table = RoundFile.standard().table();
        Path file = Path.of("target/chaos/table.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, table);
        if (System.getProperty("chaos.write") != null) {
            String page = Files.readString(PAGE);
            int begin = page.indexOf(BEGIN) + BEGIN.length();
            Files.writeString(PAGE, page.substring(0, begin) + "\n" + table + "\n" + page.substring(page.indexOf(END)));
        }
    }
}
