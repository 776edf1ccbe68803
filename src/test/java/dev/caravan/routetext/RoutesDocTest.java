package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What routes name and what there is to copy stands in docs/routes.md. */
class RoutesDocTest {
    private static final Pattern BEAN = Pattern.compile("\\bref: *\"?([A-Za-z]+)");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z.-]+)");

    @Test
    void everyBeanThatARouteNamesIsDescribed() throws IOException {
        assertEquals(Set.of(), undescribed(BEAN));
    }

    @Test
    void everySettingOfARecipeIsDescribed() throws IOException {
        String docs =
                Files.readString(Path.of("docs/settings.md")) + doc() + Files.readString(Path.of("docs/events.md"));
        Set<String> missing = named(PLACEHOLDER);
        missing.removeIf(name -> name.startsWith("caravan.") || docs.contains(name));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyRecipeIsDescribed() throws IOException {
        String doc = doc();
        try (Stream<Path> recipes = Files.list(Path.of("routes/recipes"))) {
            recipes.map(recipe -> recipe.getFileName().toString().replace(".camel.yaml", ""))
                    .forEach(name -> assertTrue(doc.contains("`" + name + "`"), name));
        }
    }

    private static Set<String> undescribed(Pattern pattern) throws IOException {
        String doc = doc();
        Set<String> missing = named(pattern);
        missing.removeIf(name -> doc.contains("`" + name + "`"));
        return missing;
    }

    private static Set<String> named(Pattern pattern) throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("routes"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".camel.yaml"))
                    .toList()) {
                Matcher matcher = pattern.matcher(Files.readString(file));
                while (matcher.find()) {
                    names.add(matcher.group(1));
                }
            }
        }
        return names;
    }

    private static String doc() throws IOException {
        return Files.readString(Path.of("docs/routes.md"));
    }
}
