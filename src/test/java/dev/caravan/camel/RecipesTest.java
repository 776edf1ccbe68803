package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each recipe does what it says when it is put to use as its comment says. */
class RecipesTest {
    private static final Path RECIPES = Path.of("routes/recipes");

    @TempDir
    Path folder;

    @Test
    void holdsLargeMail() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.write("hold-large-mail", Files.readString(RECIPES.resolve("hold-large-mail.camel.yaml")))
                .edit(
                        "policy",
                        "        # A rule of your own, second example",
                        "        - to: direct:hold-large-mail\n        # A rule of your own, second example");
        assertPasses("""
                settings: {mail.local-domains: local.example, hold.above: "100"}
                users: alice
                tests:
                  - name: holds large mail
                    to: alice@local.example
                    content: "%s"
                    expect: {data: "250 2.0.0", queue: mail.hold, delivery: none, dsn: none}
                  - name: lets small mail pass
                    to: alice@local.example
                    expect: {data: "250 2.0.0", queue: mail.deliver.local}
                """.formatted("x".repeat(200)));
    }

    private void assertPasses(String tests) throws Exception {
        Path path = Files.writeString(folder.resolve("recipe.yaml"), tests);
        Home home = new Home(folder, Path.of(""));
        List<Problem> problems = new ArrayList<>();
        RouteTestFile file = RouteTestFile.read(path, problems);
        assertEquals(List.of(), problems);
        List<RouteTestRun.Result> results = RouteTestRun.results(home, Map.of(), file);
        results.forEach(result -> problems.addAll(result.problems()));
        assertEquals(List.of(), problems);
        assertEquals(2, results.size());
    }
}
