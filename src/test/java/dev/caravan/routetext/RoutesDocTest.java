package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages in docs/routes describe every bean and placeholder that a shipped route names, and every recipe. */
class RoutesDocTest {
    private static final Pattern BEAN = Pattern.compile("\\bref: *\"?([A-Za-z]+)");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z.-]+)");
    private static final Path REFERENCE = Path.of("docs/routes/reference.md");
    private static final Path RECIPES = Path.of("docs/routes/recipes.md");

    @Test
    void theReferenceHasEveryBeanThatARouteNames() throws IOException {
        String reference = Files.readString(REFERENCE);
        Set<String> missing = namedInRoutes(BEAN);
        missing.removeIf(name -> reference.contains("`" + name + "`"));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everySettingOfARouteIsDescribed() throws IOException {
        String docs = Files.readString(Path.of("docs/settings.md"))
                + Files.readString(Path.of("docs/events.md"))
                + routePages();
        Set<String> missing = namedInRoutes(PLACEHOLDER);
        missing.removeIf(name -> name.startsWith("caravan.") || docs.contains(name));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyRecipeIsDescribed() throws IOException {
        String doc = Files.readString(RECIPES);
        Set<String> missing;
        try (Stream<Path> recipes = Files.list(Path.of("routes/recipes"))) {
            missing = recipes.map(recipe -> recipe.getFileName().toString().replace(".camel.yaml", ""))
                    .filter(name -> !doc.contains("`" + name + "`"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertEquals(Set.of(), missing);
    }

    private static Set<String> namedInRoutes(Pattern pattern) throws IOException {
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

    private static String routePages() throws IOException {
        StringBuilder text = new StringBuilder(Files.readString(Path.of("docs/routes.md")));
        try (Stream<Path> pages = Files.list(Path.of("docs/routes"))) {
            for (Path page : pages.sorted().toList()) {
                text.append(Files.readString(page));
            }
        }
        return text.toString();
    }
}
