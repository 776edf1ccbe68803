package dev.caravan.routetest;

import dev.caravan.config.ConfigProblem;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenerKind;
import dev.caravan.reload.RouteFiles;
import dev.caravan.routetest.RouteScenario.Client;
import dev.caravan.routetest.RouteScenario.Expected;
import dev.caravan.routetest.RouteScenario.Path;
import dev.caravan.routetest.RouteScenario.World;
import dev.caravan.routetext.LocatedYaml;
import dev.caravan.server.ServerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file of {@code routes/tests/}: the settings and tables of a server, and tests for it.
 *
 * @param settings settings that replace those of the home.
 * @param users lines of the table of users.
 * @param aliases lines of the table of aliases.
 * @param tests in the order of the file.
 */
public record ScenarioFile(
        Map<String, String> settings, List<String> users, List<String> aliases, List<RouteScenario> tests) {
    private static final Set<String> KEYS = Set.of("settings", "users", "aliases", "tests");
    private static final Set<String> TEST_KEYS =
            Set.of("name", "at", "client", "role", "user", "helo", "from", "to", "content", "dns", "peers", "expect");
    private static final String CONTENT = "Subject: test\n\ntest\n";
    private static final String DNS = "mx PREFERENCE HOST, ..., or one of: null mx, no such domain, no mail, trouble";

    /** The keys of expectations: those with one reply, and those that may have many. */
    static final Set<String> EXPECTED =
            Set.of("connect", "helo", "mail", "rcpt", "data", "queue", "next-hop", "delivery", "dsn");

    /** The files of tests that belong to a folder of routes. */
    public static List<java.nio.file.Path> list(java.nio.file.Path routes) throws IOException {
        List<java.nio.file.Path> files = new ArrayList<>();
        java.nio.file.Path folder = routes.resolve("tests");
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<java.nio.file.Path> entries = Files.newDirectoryStream(folder, "*.yaml")) {
                entries.forEach(files::add);
            }
        }
        files.removeIf(RouteFiles::isLeftover);
        files.sort(null);
        return files;
    }

    /**
     * Reads a file.
     *
     * @param problems collects mistakes; if there are any, do not run the tests.
     */
    public static ScenarioFile read(java.nio.file.Path file, List<ConfigProblem> problems) throws IOException {
        Optional<LocatedYaml> root = LocatedYaml.read(file, problems);
        Map<String, LocatedYaml> keys = root.map(yaml -> yaml.fields(KEYS)).orElse(Map.of());
        Map<String, String> settings = new LinkedHashMap<>();
        of(keys, "settings").ifPresent(yaml -> yaml.pairs().forEach((key, value) -> setting(key, value, settings)));
        List<RouteScenario> tests = new ArrayList<>();
        of(keys, "tests").ifPresent(yaml -> yaml.items().forEach(item -> tests.add(test(item))));
        if (root.isPresent() && tests.isEmpty()) {
            root.get().addProblem("no tests", "tests: a list");
        }
        return new ScenarioFile(settings, texts(keys, "users"), texts(keys, "aliases"), tests);
    }

    private static void setting(String key, LocatedYaml value, Map<String, String> settings) {
        String text = value.text();
        ServerSettings.CATALOG
                .find(key)
                .filter(setting -> setting.type().read(text).isEmpty())
                .ifPresent(setting -> value.addProblem(key + "=" + text, setting.expected()));
        settings.put(key, text);
    }

    private static Optional<LocatedYaml> of(Map<String, LocatedYaml> fields, String key) {
        return Optional.ofNullable(fields.get(key));
    }

    private static List<String> texts(Map<String, LocatedYaml> fields, String key) {
        return of(fields, key)
                .map(yaml -> yaml.items().stream().map(LocatedYaml::text).toList())
                .orElse(List.of());
    }

    private static String text(Map<String, LocatedYaml> fields, String key, String standard) {
        return of(fields, key).map(LocatedYaml::text).orElse(standard);
    }

    private static RouteScenario test(LocatedYaml yaml) {
        Map<String, LocatedYaml> fields = yaml.fields(TEST_KEYS);
        for (String key : List.of("name", "to", "expect")) {
            if (!fields.containsKey(key)) {
                yaml.addProblem("a test without " + key, key);
            }
        }
        Client client = new Client(
                of(fields, "role").map(ScenarioFile::role).orElse(ListenerKind.SMTP),
                of(fields, "client").map(ScenarioFile::address).orElse(InetAddress.getLoopbackAddress()),
                of(fields, "user").map(LocatedYaml::text),
                text(fields, "helo", "client.example"),
                Path.of(text(fields, "from", "sender@client.example")),
                texts(fields, "to").stream().map(Path::of).toList(),
                text(fields, "content", CONTENT));
        return new RouteScenario(
                yaml.place(),
                text(fields, "name", ""),
                of(fields, "at").flatMap(ScenarioFile::time),
                client,
                new World(dns(fields), peers(fields)),
                expect(fields));
    }

    private static ListenerKind role(LocatedYaml yaml) {
        Optional<ListenerKind> kind = Stream.of(ListenerKind.values())
                .filter(each -> each.role().equals(yaml.text()))
                .findFirst();
        if (kind.isEmpty()) {
            yaml.addProblem(yaml.text() + " is no role", "mx, submission or devices");
        }
        return kind.orElse(ListenerKind.SMTP);
    }

    private static Optional<Instant> time(LocatedYaml yaml) {
        try {
            return Optional.of(OffsetDateTime.parse(yaml.text()).toInstant());
        } catch (DateTimeException e) {
            yaml.addProblem(yaml.text() + " is not a time", "such as 2026-12-24T18:30:00+01:00");
            return Optional.empty();
        }
    }

    private static InetAddress address(LocatedYaml yaml) {
        Optional<InetAddress> address = Optional.empty();
        try {
            String text = yaml.text();
            address = HostAndPort.parse(text.contains(":") ? "[" + text + "]" : text, 1)
                    .address();
        } catch (IllegalArgumentException e) {
            address = Optional.empty();
        }
        if (address.isEmpty()) {
            yaml.addProblem(yaml.text() + " is not an address", "an IP address such as 192.0.2.7");
        }
        return address.orElse(InetAddress.getLoopbackAddress());
    }

    private static Map<String, MxAnswer> dns(Map<String, LocatedYaml> fields) {
        Map<String, MxAnswer> answers = new LinkedHashMap<>();
        of(fields, "dns")
                .ifPresent(yaml -> yaml.pairs().forEach((domain, value) -> {
                    try {
                        answers.put(new Domain(domain).key(), answer(value.text()));
                    } catch (IllegalArgumentException e) {
                        value.addProblem(domain + ": " + value.text(), DNS);
                    }
                }));
        return answers;
    }

    private static MxAnswer answer(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "null mx" -> new MxAnswer.NullMx();
            case "no such domain" -> new MxAnswer.NoSuchDomain();
            case "no mail" -> new MxAnswer.NoMail();
            case "trouble" -> new MxAnswer.TemporaryFailure("the name servers do not answer");
            default ->
                new MxAnswer.Hosts(
                        Arrays.stream(text.split(",")).map(ScenarioFile::host).toList());
        };
    }

    private static MxHost host(String text) {
        String[] words = text.strip().split(" +");
        if (words.length != 3 || !words[0].equalsIgnoreCase("mx")) {
            throw new IllegalArgumentException(text);
        }
        return new MxHost(Integer.parseInt(words[1]), new Domain(words[2]).key());
    }

    private static Map<String, Map<String, String>> peers(Map<String, LocatedYaml> fields) {
        Map<String, Map<String, String>> peers = new LinkedHashMap<>();
        of(fields, "peers")
                .ifPresent(yaml -> yaml.pairs().forEach((host, script) -> {
                    Map<String, String> replies = new LinkedHashMap<>();
                    script.pairs().forEach((command, reply) -> {
                        if (!reply.text().matches("(?s)[2-5][0-9][0-9] .*")) {
                            reply.addProblem(command + ": " + reply.text(), "a reply such as 550 5.1.1 no such user");
                        }
                        replies.put(command, reply.text());
                    });
                    peers.put(host.toLowerCase(Locale.ROOT), replies);
                }));
        return peers;
    }

    private static Map<String, Expected> expect(Map<String, LocatedYaml> fields) {
        Map<String, Expected> expected = new LinkedHashMap<>();
        of(fields, "expect")
                .ifPresent(yaml -> yaml.fields(EXPECTED).forEach((key, value) -> {
                    List<String> texts =
                            value.items().stream().map(LocatedYaml::text).toList();
                    expected.put(key, new Expected(value.place(), texts.equals(List.of("none")) ? List.of() : texts));
                }));
        return expected;
    }
}
