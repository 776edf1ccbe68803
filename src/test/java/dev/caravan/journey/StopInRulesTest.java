package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.routetest.ScenarioFile;
import dev.caravan.routetest.ScenarioRunner;
import dev.caravan.testkit.OwnRoutes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A step {@code stop} ends the rules, wherever it stands: the mail passes. An answer that a rule gave stays. */
class StopInRulesTest {
    private static final String FAR = """
            - filter:
                simple: "${header.senderDomain} == 'far.example'"
                steps:
                  - stop: {}
            """;

    private static final String TESTS = """
            settings: {mail.local-domains: local.example, mail.relay-networks: 192.0.2.0/24}
            users: alice
            tests:
              - name: passes without the rules behind
                client: 192.0.2.7
                from: x@far.example
                to: [alice@local.example, b@other.example]
                expect: {queue: [mail.deliver.local, %s], dsn: none}
            """;

    @TempDir
    Path folder;

    @Test
    void endsTheRulesOfCheckMail() throws Exception {
        addTo("policy", FAR + refuse());
        assertPasses(TESTS.formatted("mail.deliver.smtp"));
    }

    @Test
    void endsTheRulesOfDestinations() throws Exception {
        addTo(
                "destinations",
                "- bean: { ref: destination, method: \"send('other.example', 'other')\" }\n" + FAR
                        + "- bean: { ref: destination, method: \"send('local.example', 'other')\" }\n");
        writeOther();
        assertPasses(TESTS.formatted("mail.deliver.other"));
    }

    @Test
    void endsTheRulesFromWithinARouteThatTheyCall() throws Exception {
        OwnRoutes routes = addTo("policy", "- to: direct:mine\n" + refuse());
        routes.write("mine", """
                - route:
                    id: mine
                    from:
                      uri: direct:mine
                      steps:
                        - stop: {}
                """);
        assertPasses(TESTS.formatted("mail.deliver.smtp"));
    }

    @Test
    void leavesWhatARuleHasDecided() throws Exception {
        addTo("policy", """
                - filter:
                    simple: "${header.senderDomain} == 'held.example'"
                    steps:
                      - bean: { ref: rule, method: "hold('first')" }
                      - stop: {}
                - filter:
                    simple: "${header.senderDomain} == 'both.example'"
                    steps:
                      - bean: { ref: rule, method: "hold('first')" }
                      - bean: { ref: rule, method: "discard('then')" }
                - filter:
                    simple: "${header.senderDomain} == 'away.example'"
                    steps:
                      - bean: { ref: rule, method: "discard('then')" }
                      - stop: {}
                """ + refuse());
        assertPasses("""
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: held
                    from: x@held.example
                    to: alice@local.example
                    expect: {queue: mail.hold}
                  - name: held is stricter than discarded
                    from: x@both.example
                    to: alice@local.example
                    expect: {queue: mail.hold}
                  - name: discarded
                    from: x@away.example
                    to: alice@local.example
                    expect: {data: "250", queue: none}
                  - name: refused
                    from: x@far.example
                    to: alice@local.example
                    expect: {data: "550 5.7.1 not by the last rule", queue: none}
                """);
    }

    private static String refuse() {
        return "- bean: { ref: rule, method: \"refuse('5.7.1', 'not by the last rule')\" }\n";
    }

    private void writeOther() throws Exception {
        Files.writeString(folder.resolve("routes/other.camel.yaml"), """
                - route:
                    id: deliver-other
                    routeConfigurationId: destination-failures
                    from:
                      uri: mailqueue:mail.deliver.other
                      steps:
                        - process: { ref: openItem }
                        - bean: { ref: destinationReport, method: delivered }
                        - to: direct:settle
                """);
    }

    /** Adds steps to the last route of a file. */
    private OwnRoutes addTo(String name, String steps) throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        String text = Files.readString(routes.file(name));
        return routes.write(name, text + (text.endsWith("\n") ? "" : "\n") + steps.indent(8));
    }

    private void assertPasses(String tests) throws Exception {
        Path path = Files.writeString(folder.resolve("tests.yaml"), tests);
        List<ConfigProblem> problems = new ArrayList<>();
        ScenarioFile file = ScenarioFile.read(path, problems);
        assertEquals(List.of(), problems);
        ScenarioRunner.results(new ServerHome(folder, Path.of("")), Map.of(), file, ConfigurationCheck::ofRoutes)
                .forEach(result -> problems.addAll(result.problems()));
        assertEquals(List.of(), problems);
    }
}
