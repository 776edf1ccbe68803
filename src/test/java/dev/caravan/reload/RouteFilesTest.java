package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.ConfigProblem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of routes that Camel would pass over in silence, or read as something else, are refused with their names. */
class RouteFilesTest {
    private static final String ROUTE = """
            - route:
                id: mine
                from:
                  uri: direct:mine
                  steps:
                    - log: "größe"
            """;

    @TempDir
    Path folder;

    @Test
    void refusesAMapAtTheTop() throws Exception {
        assertProblem(
                """
                # mine
                route:
                  id: mine
                  from:
                    uri: direct:mine
                    steps:
                      - to: nonsense:x
                """, ":2: the file is a map (is \"- \" missing before its first key?) (expected: a list, each entry");
    }

    @Test
    void refusesAnIntegrationOfKubernetes() throws Exception {
        assertProblem("""
                apiVersion: camel.apache.org/v1
                kind: Integration
                spec:
                  flows: []
                """, ":1: a Kubernetes resource is not read (expected: a list");
    }

    @Test
    void refusesASingleText() throws Exception {
        assertProblem("hello\n", ":1: the file is a single text (expected: a list");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "---\n"})
    void refusesAFileWithNothingInIt(String text) throws Exception {
        assertTrue(!problems(text).isEmpty());
    }

    @Test
    void refusesAKeyThatIsThereTwice() throws Exception {
        assertProblem(
                ROUTE + "      steps:\n        - to: direct:other\n",
                ":7: steps is in line 5 already (expected: each key once)");
    }

    @Test
    void refusesARouteThatBeginsNowhere() throws Exception {
        assertProblem("- route:\n    id: mine\n", ":1: a route without from (expected: from: with a uri)");
        assertProblem("- route:\n", ":1: a route without from (expected: from: with a uri)");
    }

    @Test
    void refusesAnotherCharsetWithTheLine() throws Exception {
        Path file = folder.resolve("mine.camel.yaml");
        Files.write(file, ROUTE.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                List.of(file + ":6: not UTF-8 (expected: a file in UTF-8)"),
                new RouteFiles(folder, context -> {})
                        .problems().stream().map(ConfigProblem::toString).toList());
        Files.write(file, ROUTE.getBytes(StandardCharsets.UTF_16));
        assertTrue(new RouteFiles(folder, context -> {})
                .problems()
                .get(0)
                .toString()
                .startsWith(file + ":1: not UTF-8 "));
    }

    @Test
    void readsUtf8WithAndWithoutAByteOrderMark() throws Exception {
        assertEquals(List.of(), problems(ROUTE));
        assertEquals(List.of(), problems("\ufeff" + ROUTE));
        assertEquals(List.of(), problems(ROUTE.replace("\n", "\r\n")));
    }

    @Test
    void passesOverWhatEditorsLeave() throws Exception {
        Files.writeString(folder.resolve("policy.camel.yaml"), ROUTE);
        for (String name : List.of(
                "._policy.camel.yaml",
                ".policy.camel.yaml.swp",
                ".policy.camel.yaml",
                "policy.camel.yaml~",
                "policy~.camel.yaml",
                "#policy.camel.yaml#",
                "#policy.camel.yaml",
                "policy.camel.yaml.bak",
                "~policy.camel.yaml")) {
            Files.writeString(folder.resolve(name), "no: route");
        }
        // Emacs' lock points to no file.
        Files.createSymbolicLink(folder.resolve(".#policy.camel.yaml"), Path.of("me@host.1"));
        assertEquals(List.of(folder.resolve("policy.camel.yaml")), RouteFiles.list(folder));
        assertEquals(List.of(), new RouteFiles(folder, context -> {}).problems());
    }

    private List<String> problems(String text) throws Exception {
        Files.writeString(folder.resolve("mine.camel.yaml"), text);
        return new RouteFiles(folder, context -> {})
                .problems().stream().map(ConfigProblem::toString).toList();
    }

    private void assertProblem(String text, String expected) throws Exception {
        List<String> problems = problems(text);
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.get(0).startsWith(folder.resolve("mine.camel.yaml") + expected), problems.toString());
    }
}
