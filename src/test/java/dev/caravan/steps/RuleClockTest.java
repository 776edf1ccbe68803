package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.routetest.ScenarioFile;
import dev.caravan.routetest.ScenarioRunner;
import dev.caravan.testkit.OwnRoutes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules that ask what time it is, and tests of routes that say it. */
@Tag("server")
class RuleClockTest {
    @TempDir
    Path folder;

    @Test
    void aSpanMayGoOverMidnight() {
        for (String time : List.of("18:00", "23:59", "00:00", "07:59")) {
            assertEquals(true, at("2026-11-29T" + time + ":00Z").isBetween("18:00", "08:00", "UTC"), time);
        }
        for (String time : List.of("08:00", "12:00", "17:59")) {
            assertEquals(false, at("2026-11-29T" + time + ":00Z").isBetween("18:00", "08:00", "UTC"), time);
            assertEquals(true, at("2026-11-29T" + time + ":00Z").isBetween("08:00", "18:00", "UTC"), time);
        }
    }

    @Test
    void theZoneCounts() {
        RuleClock summer = at("2026-07-04T22:30:00Z");
        assertEquals(true, summer.isBetween("00:00", "01:00", "Europe/Berlin"));
        assertEquals(true, summer.isOn("sun", "Europe/Berlin"));
        assertEquals(true, summer.isOn("fri, SATURDAY", "UTC"));
        assertEquals("2026-07-05 00:30", summer.text("yyyy-MM-dd HH:mm", "Europe/Berlin"));
        assertThrows(DateTimeException.class, () -> summer.isOn("someday", "UTC"));
    }

    @Test
    void aTestOfRoutesSaysWhatTimeItIs() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.write("policy", Files.readString(routes.file("policy")) + """
                        - filter:
                            method: { ref: clock, method: "isBetween('18:00', '08:00', 'Europe/Berlin')" }
                            steps:
                              - bean: { ref: rule, method: "hold('after hours')" }
                        - filter:
                            simple: "${bean:clock?method=text('MM-dd', 'UTC')} == '12-24'"
                            steps:
                              - bean: { ref: rule, method: "refuse('5.7.1', 'closed')" }
                """);
        Path path = Files.writeString(folder.resolve("t.yaml"), """
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: by day
                    at: 2026-11-27T12:00:00+01:00
                    to: alice@local.example
                    expect: {queue: mail.deliver.local}
                  - name: by night
                    at: "2026-11-27T19:00:00Z"
                    to: alice@local.example
                    expect: {queue: mail.hold}
                  - name: at Christmas
                    at: 2026-12-24T12:00:00Z
                    to: alice@local.example
                    expect: {data: "550 5.7.1 closed"}
                """);
        assertEquals(List.of(), problems(path));
    }

    @Test
    void aThrottleCountsInTheTimeOfTheTest() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.write("policy", Files.readString(routes.file("policy")) + """
                        - bean: { ref: throttle, method: "atMost(1, '1d', 'remoteAddress')" }
                """);
        Path path = Files.writeString(folder.resolve("t.yaml"), """
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: the first
                    at: 2026-11-27T12:00:00Z
                    to: alice@local.example
                    expect: {queue: mail.deliver.local}
                  - name: an hour later
                    at: 2026-11-27T13:00:00Z
                    to: alice@local.example
                    expect: {data: "451 4.7.1 more than 1 within 1d", queue: none}
                  - name: two days later
                    at: 2026-11-29T12:00:00Z
                    to: alice@local.example
                    expect: {queue: mail.deliver.local}
                """);
        assertEquals(List.of(), problems(path));
    }

    private List<ConfigProblem> problems(Path path) throws Exception {
        List<ConfigProblem> problems = new ArrayList<>();
        ScenarioFile file = ScenarioFile.read(path, problems);
        assertEquals(List.of(), problems);
        ScenarioRunner.results(new ServerHome(folder, Path.of("")), Map.of(), file, ConfigurationCheck::ofRoutes)
                .forEach(result -> problems.addAll(result.problems()));
        return problems;
    }

    @Test
    void aTestWithAMistakenTimeIsRefused() throws Exception {
        Path path = Files.writeString(folder.resolve("t.yaml"), """
                tests:
                  - name: x
                    at: tomorrow
                    to: alice@local.example
                    expect: {data: "250"}
                """);
        List<ConfigProblem> problems = new ArrayList<>();
        ScenarioFile.read(path, problems);
        assertEquals(
                List.of(path + ":3: tomorrow is not a time (expected: such as 2026-12-24T18:30:00+01:00)"),
                problems.stream().map(ConfigProblem::toString).toList());
    }

    private static RuleClock at(String time) {
        return new RuleClock(Clock.fixed(Instant.parse(time), ZoneOffset.UTC));
    }
}
