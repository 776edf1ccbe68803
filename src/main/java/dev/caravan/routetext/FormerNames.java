package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds placeholders with the setting names of earlier versions. */
public final class FormerNames {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{[?!]?([A-Za-z0-9.-]+)");

    private FormerNames() {}

    /**
     * Searches route files.
     *
     * @param names maps former names to current ones.
     * @return a problem for each line with a former name.
     * @throws IOException if a file cannot be read.
     */
    public static List<ConfigProblem> find(List<Path> files, Map<String, String> names) throws IOException {
        List<ConfigProblem> found = new ArrayList<>();
        for (Path file : files) {
            List<String> lines =
                    Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                Matcher matcher = PLACEHOLDER.matcher(lines.get(i));
                while (matcher.find()) {
                    String present = names.get(matcher.group(1));
                    if (present != null) {
                        found.add(new ConfigProblem(
                                ConfigProblem.at(file, i + 1), matcher.group(1) + " is now called " + present));
                    }
                }
            }
        }
        return found;
    }
}
