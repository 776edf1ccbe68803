package dev.caravan.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caravan.server.ServerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** An operator reads {@code docs/settings.md}, not the code: the two say the same. */
class SettingsDocTest {
    private static final Pattern ROW =
            Pattern.compile("\\| `([a-z.-]+)` \\| (?:`([^`]*)` )?\\| ([^|`]+) \\| ([^|]+) \\|");
    private static final Pattern FORMER = Pattern.compile("\\| `([a-z.-]+)` \\| `([a-z.-]+)` \\|");
    private static final Pattern PREFIXES = Pattern.compile("(?s)A key that begins with (.*?) and is not");
    private static final Pattern PREFIX = Pattern.compile("`([a-z]+)\\.`");
    private static final SettingsCatalog CATALOG = ServerSettings.CATALOG;

    private record Row(String key, String defaultValue, String value) {}

    @Test
    void theTableHasEverySettingWithItsDefaultAndValue() throws Exception {
        List<Row> expected = CATALOG.settings().stream()
                .map(setting -> new Row(setting.key(), setting.defaultValue(), setting.expected()))
                .toList();
        assertEquals(expected, rows());
    }

    @Test
    void everyDefaultFitsItsType() {
        for (Setting<?> setting : CATALOG.settings()) {
            if (!setting.defaultValue().isEmpty()) {
                assertFalse(setting.type().read(setting.defaultValue()).isEmpty(), setting.key());
            }
        }
    }

    @Test
    void theTableOfFormerNamesHasAll() throws Exception {
        assertEquals(
                CATALOG.formerNames(),
                Files.readAllLines(Path.of("docs/settings.md")).stream()
                        .map(FORMER::matcher)
                        .filter(Matcher::matches)
                        .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2))));
    }

    @Test
    void theDocumentNamesThePrefixesThatAreNotTheOperators() throws Exception {
        Matcher sentence = PREFIXES.matcher(Files.readString(Path.of("docs/settings.md")));
        assertEquals(true, sentence.find());
        Set<String> named = PREFIX.matcher(sentence.group(1))
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(CATALOG.ownedPrefixes()), named);
    }

    private static List<Row> rows() throws Exception {
        return Files.readAllLines(Path.of("docs/settings.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> new Row(row.group(1), row.group(2) == null ? "" : row.group(2), row.group(3)))
                .toList();
    }
}
