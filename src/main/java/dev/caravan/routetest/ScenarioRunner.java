package dev.caravan.routetest;

import dev.caravan.config.ConfigProblem;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.reload.RouteCheck;
import dev.caravan.routetest.RouteScenario.Expected;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Runs the tests of routes, and prints what was not as expected. */
public final class ScenarioRunner {
    private static final List<String> REPLIES = List.of("connect", "helo", "mail", "rcpt", "data");
    private static final Pattern WORD_END = Pattern.compile("[,;:.!?)]*(\\s|$)");
    private static final List<String> OUTCOMES = List.of("queue", "next-hop", "delivery", "dsn");

    /**
     * A test that was run.
     *
     * @param problems the differences from what was expected; none if the test passed.
     */
    public record Result(RouteScenario test, List<ConfigProblem> problems) {}

    private ScenarioRunner() {}

    /**
     * Runs files of tests and prints a line for each test, and each mistake below it.
     *
     * @param files the files to run; if none, all of the home.
     * @param check checks the routes before a test runs.
     * @return how many did not pass, including files with mistakes.
     */
    public static int run(
            ServerHome home, Map<String, String> overrides, List<Path> files, RouteCheck check, PrintStream out)
            throws Exception {
        List<Path> all = files.isEmpty() ? ScenarioFile.list(home.routes()) : files;
        int passed = 0;
        int failed = 0;
        for (Path path : all) {
            List<ConfigProblem> mistakes = new ArrayList<>();
            ScenarioFile file = ScenarioFile.read(path, mistakes);
            List<Result> results = new ArrayList<>();
            if (mistakes.isEmpty()) {
                try {
                    results.addAll(results(home, overrides, file, check));
                } catch (InvalidSettingsException e) {
                    mistakes.addAll(e.problems());
                }
            }
            if (!mistakes.isEmpty()) {
                out.println("FAIL " + path);
                mistakes.forEach(mistake -> out.println("     " + mistake));
                failed++;
            }
            for (Result result : results) {
                boolean isGood = result.problems().isEmpty();
                out.println((isGood ? "ok   " : "FAIL ") + result.test().place() + " "
                        + result.test().name());
                result.problems().forEach(problem -> out.println("     " + problem));
                passed += isGood ? 1 : 0;
                failed += isGood ? 0 : 1;
            }
        }
        out.println(passed + " passed, " + failed + " failed");
        return failed;
    }

    /**
     * Runs the tests of a file.
     *
     * @throws InvalidSettingsException if routes or settings are wrong.
     */
    public static List<Result> results(
            ServerHome home, Map<String, String> overrides, ScenarioFile file, RouteCheck check) throws Exception {
        List<Result> results = new ArrayList<>();
        try (ScenarioServer server = new ScenarioServer(home, overrides, file, check)) {
            for (RouteScenario test : file.tests()) {
                results.add(result(server, test));
            }
        }
        return results;
    }

    private static Result result(ScenarioServer server, RouteScenario test) throws Exception {
        try {
            return new Result(test, problems(test, server.run(test)));
        } catch (IOException e) {
            return new Result(test, List.of(new ConfigProblem(test.place(), String.valueOf(e.getMessage()))));
        }
    }

    /** The differences between the results and the expectations. */
    static List<ConfigProblem> problems(RouteScenario test, Map<String, List<String>> seen) {
        List<ConfigProblem> problems = new ArrayList<>();
        for (String key : REPLIES) {
            List<String> replies = seen.getOrDefault(key, List.of());
            test.expected(key)
                    .ifPresentOrElse(
                            expected -> compareInOrder(key, expected, replies, problems),
                            () -> requireYes(test, key, replies, problems));
        }
        for (String key : OUTCOMES) {
            test.expected(key)
                    .ifPresent(expected -> compare(key, expected, seen.getOrDefault(key, List.of()), problems));
        }
        return problems;
    }

    private static void requireYes(RouteScenario test, String key, List<String> replies, List<ConfigProblem> problems) {
        for (String reply : replies) {
            if (!reply.startsWith("2")) {
                problems.add(
                        new ConfigProblem(test.place(), key + ": " + reply, "250, as expect says nothing of " + key));
            }
        }
    }

    private static void compareInOrder(String key, Expected expected, List<String> seen, List<ConfigProblem> problems) {
        List<String> texts = expected.texts();
        boolean isForAll = texts.size() == 1 && !seen.isEmpty();
        if (!isForAll && texts.size() != seen.size()) {
            problems.add(new ConfigProblem(expected.place(), key + ": " + shown(seen), shown(texts)));
            return;
        }
        for (int i = 0; i < seen.size(); i++) {
            String text = texts.get(isForAll ? 0 : i);
            if (!begins(seen.get(i), text)) {
                problems.add(new ConfigProblem(expected.place(), key + ": " + seen.get(i), text));
            }
        }
    }

    /** In any order: each expected text is the beginning of one result, and no result is left over. */
    private static void compare(String key, Expected expected, List<String> seen, List<ConfigProblem> problems) {
        List<String> left = new ArrayList<>(seen);
        boolean isAll = true;
        for (String text : expected.texts()) {
            isAll &= left.stream()
                    .filter(each -> begins(each, text))
                    .findFirst()
                    .map(left::remove)
                    .isPresent();
        }
        if (!isAll || !left.isEmpty()) {
            problems.add(new ConfigProblem(expected.place(), key + ": " + shown(seen), shown(expected.texts())));
        }
    }

    /**
     * Compares whole words, so that 550 5.1.1 does not match 550 5.1.10, nor {@code a@b.example} {@code a@b.example.org}.
     * A word ends at a space, and at punctuation that a space or the end follows.
     */
    static boolean begins(String seen, String text) {
        if (!seen.startsWith(text)) {
            return false;
        }
        String rest = seen.substring(text.length());
        return text.endsWith(" ") || WORD_END.matcher(rest).lookingAt();
    }

    private static String shown(List<String> texts) {
        return texts.isEmpty() ? "none" : String.join(", ", texts);
    }
}
