package dev.caravan.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** An operator reads {@code docs/settings.md}, not the code: the two say the same. */
class SettingsDocTest {
    private static final Pattern ROW =
            Pattern.compile("\\| `([a-z.-]+)` \\| (?:`([^`]*)` )?\\| ([^|]+) \\| ([^|]+) \\|");

    private record Row(String key, String standard, String value) {}

    @Test
    void theTableHasEverySettingWithItsDefaultAndForm() throws Exception {
        List<Row> expected = Arrays.stream(Setting.values())
                .map(setting -> new Row(
                        setting.key(), setting.standard(), setting.form().expected()))
                .toList();
        assertEquals(expected, rows());
    }

    @Test
    void everyDefaultFitsItsForm() {
        for (Setting setting : Setting.values()) {
            if (!setting.standard().isEmpty()) {
                assertFalse(setting.form().read(setting.standard()).isEmpty(), setting.key());
            }
        }
    }

    private static List<Row> rows() throws Exception {
        return Files.readAllLines(Path.of("docs/settings.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> new Row(row.group(1), row.group(2) == null ? "" : row.group(2), row.group(3)))
                .toList();
    }
}
