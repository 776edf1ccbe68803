package dev.caravan.routetest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.testkit.OwnRoutes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The tests of routes that are shipped pass, and those that fail say where and why. */
@Tag("server")
class RouteTestsTest {
    private static final Path DISTRIBUTION = Path.of("").toAbsolutePath();

    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> theShippedRoutesPassTheShippedTests() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path path : ScenarioFile.list(DISTRIBUTION.resolve("routes"))) {
            List<ConfigProblem> mistakes = new ArrayList<>();
            ScenarioFile file = ScenarioFile.read(path, mistakes);
            assertEquals(List.of(), mistakes);
            for (ScenarioRunner.Result result :
                    ScenarioRunner.results(home(), Map.of(), file, ConfigurationCheck::ofRoutes)) {
                tests.add(DynamicTest.dynamicTest(
                        path.getFileName() + ": " + result.test().name(),
                        () -> assertEquals(List.of(), result.problems())));
            }
        }
        assertTrue(tests.size() > 15, "there are tests: " + tests.size());
        return tests;
    }

    @Test
    void theShippedTestsDoNotDependOnTheHome() throws Exception {
        Map<String, String> settings = Map.of(
                "delivery.smarthost", "127.0.0.1:2526",
                "mail.hostname", "mx.tour.example",
                "mail.local-domains", "tour.example",
                "mail.confirm", "never",
                "mail.max-hops", "100");
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(octets, true, StandardCharsets.UTF_8);
        assertEquals(
                0,
                ScenarioRunner.run(home(), settings, List.of(), ConfigurationCheck::ofRoutes, out),
                () -> octets.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aFailureSaysWhereAndWhatWasExpected() throws Exception {
        Path file = Files.writeString(folder.resolve("wrong.yaml"), """
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: is wrong about all
                    to: [alice@local.example, nobody@local.example]
                    expect:
                      rcpt:
                        - "250"
                        - "250"
                      queue: mail.deliver.smtp
                      dsn: none
                  - name: is right
                    to: alice@local.example
                    expect: {delivery: alice@local.example delivered}
                """);
        List<String> lines = run(List.of(file));
        assertEquals("FAIL " + file + ":4 is wrong about all", lines.get(0));
        assertTrue(lines.get(1).startsWith("     " + file + ":8: rcpt: 550 5.1.1 "), lines.toString());
        assertTrue(lines.get(1).endsWith("(expected: 250)"), lines.toString());
        assertEquals("     " + file + ":10: queue: mail.deliver.local (expected: mail.deliver.smtp)", lines.get(2));
        assertEquals("ok   " + file + ":12 is right", lines.get(3));
        assertEquals("1 passed, 1 failed", lines.get(4));
        assertEquals(5, lines.size(), lines.toString());
    }

    @Test
    void testsTheRoutesOfTheHomeAndLeavesNothingInIt() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.addRecipientRule("${header.remoteAddress} == '203.0.113.9'", "refuse('5.7.1', 'not you')");
        Files.createDirectories(folder.resolve("routes/tests"));
        Files.writeString(folder.resolve("routes/tests/own.yaml"), """
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: not from there
                    client: 203.0.113.9
                    to: alice@local.example
                    expect: {rcpt: 550 5.7.1 not you}
                """);
        assertEquals("1 passed, 0 failed", run(List.of()).get(1));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of("routes"),
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void theCheckFindsMistakesInTests() throws Exception {
        new OwnRoutes(folder);
        Files.createDirectories(folder.resolve("routes/tests"));
        Path file = Files.writeString(folder.resolve("routes/tests/own.yaml"), """
                settings:
                  mail.max-hops: many
                tests:
                  - name: has mistakes
                    client: nowhere
                    to: alice@local.example
                    dns:
                      far.example: mx here
                    peers:
                      mx.far.example: {RCPT: no}
                    expect:
                      rcptt: "250"
                """);
        Files.writeString(folder.resolve("routes/tests/worse.yaml"), "tests: [\n");
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        ConfigurationCheck.check(
                home(), Map.of("mail.users", "routes/policy.camel.yaml"), Map.of(), new PrintStream(octets));
        List<String> lines = octets.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("/tests/"))
                .toList();
        List<String> starts = List.of(
                file + ":2: mail.max-hops=many (expected: a whole number",
                file + ":5: nowhere is not an address (expected: ",
                file + ":8: far.example: mx here (expected: mx PREFERENCE HOST",
                file + ":10: RCPT: no (expected: a reply such as ",
                file + ":12: rcptt is not a key (expected: one of [connect, ",
                folder.resolve("routes/tests/worse.yaml") + ":");
        assertEquals(starts.size(), lines.size(), lines.toString());
        for (int i = 0; i < starts.size(); i++) {
            assertTrue(lines.get(i).startsWith(starts.get(i)), lines.get(i) + " expected: " + starts.get(i));
        }
    }

    private ServerHome home() {
        return new ServerHome(folder, DISTRIBUTION);
    }

    private List<String> run(List<Path> files) throws Exception {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        ScenarioRunner.run(
                home(),
                Map.of(),
                files,
                ConfigurationCheck::ofRoutes,
                new PrintStream(octets, true, StandardCharsets.UTF_8));
        return octets.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
