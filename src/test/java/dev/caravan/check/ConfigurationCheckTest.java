package dev.caravan.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.ServerHome;
import dev.caravan.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What an operator got wrong is shown where it is, before a server is started with it. */
@Tag("server")
class ConfigurationCheckTest {
    private static final Path DISTRIBUTION = Path.of("").toAbsolutePath();

    @TempDir
    Path folder;

    @BeforeEach
    void makeUsers() throws IOException {
        Files.writeString(folder.resolve("users"), "alice\n");
    }

    @Test
    void acceptsWhatIsShippedAndLeavesNothingBehind() throws Exception {
        assertEquals(List.of("configuration ok"), check(Map.of()));
        assertEquals(List.of("users"), files());
    }

    @Test
    void warnsOfDevicesThatNobodyNamed() throws Exception {
        List<String> lines = check(Map.of("devices.listen", "127.0.0.1:2500"));
        assertTrue(lines.get(0).startsWith("warning: devices.networks is empty: "), lines.toString());
        assertEquals(
                List.of("configuration ok"),
                check(Map.of("devices.listen", "127.0.0.1:2500", "devices.networks", "192.0.2.0/24")));
    }

    @Test
    void findsAListenerThatNoRouteServes() throws Exception {
        change("routes/receive-devices.camel.yaml", "{{devices.listen}}", "127.0.0.1:2600");
        List<String> lines = check(Map.of("devices.listen", "127.0.0.1:2500", "devices.networks", "192.0.2.0/24"));
        assertStarts(
                lines,
                "devices.listen: no route listens there (expected: a route that begins with netty:tcp://{{devices.listen}}");
    }

    @Test
    void makesNoFolderThatMailWillBeKeptIn() throws Exception {
        Map<String, String> shared = Map.of(
                "content.spool", folder.resolve("spool").toString(),
                "delivery.maildirs", folder.resolve("maildirs").toString());
        assertEquals(List.of("configuration ok"), check(shared));
        assertEquals(List.of("users"), files());
    }

    @Test
    void namesLineAndExpectationOfEachSetting() throws Exception {
        Files.writeString(folder.resolve("caravan.properties"), """
                # settings
                smtp.max-errors=0
                dsn.success=sometimes

                mail.hostnam=mx.test
                my.own=free
                """);
        List<String> lines = check(Map.of("dns.servers", "ns.test"));
        String file = folder.resolve("caravan.properties").toString();
        assertEquals(4, lines.size(), lines.toString());
        assertTrue(lines.contains(file + ":2: smtp.max-errors=0 (expected: a whole number from 1 to 1000000)"));
        assertTrue(lines.contains(file + ":3: dsn.success=sometimes (expected: on-request, always or never)"));
        assertTrue(lines.contains(file + ":5: mail.hostnam is no setting; is mail.hostname meant?"
                + " (expected: one of docs/settings.md)"));
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("--set: dns.servers=ns.test (expected: addresses")));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoHandlesWhenTheServerCannotBeMade() throws Exception {
        Map<String, String> missing = Map.of("http.tokens", "no-such-file");
        assertTrue(check(missing).toString().contains("no-such-file"));
        long before = handles();
        for (int i = 0; i < 30; i++) {
            check(missing);
        }
        // Event loops are closed in the background.
        Await.until("handles are closed", () -> handles() < before + 100);
    }

    private static long handles() {
        return Optional.ofNullable(Path.of("/proc/self/fd").toFile().list()).orElseThrow().length;
    }

    @Test
    void warnsOfFormerNames() throws Exception {
        Path settings = folder.resolve("caravan.properties");
        Files.writeString(settings, "mail.confirm=never\n");
        Path retry = change("routes/retry.camel.yaml", "period: 1000", "period: \"{{caravan.mailbox-millis}}\"");
        List<String> lines = check(Map.of());
        assertTrue(lines.contains("warning: " + settings + ":1: mail.confirm is now called dsn.success"), lines + "");
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.startsWith("warning: " + retry + ":")
                                && line.endsWith("caravan.mailbox-millis is now called caravan.mailbox-delay")),
                lines.toString());
        assertTrue(lines.contains("configuration ok"), lines.toString());
    }

    @Test
    void notesKeysThatNothingUses() throws Exception {
        Files.writeString(folder.resolve("caravan.properties"), """
                relayhost=mx.test
                smpt.listen=127.0.0.1:0
                hold.above=100
                camel.main.name=mine
                """);
        Path routes = change("routes/policy.camel.yaml", "is whole", "is whole, {{hold.above}}");
        assertTrue(Files.exists(routes));
        String file = folder.resolve("caravan.properties").toString();
        assertEquals(
                List.of(
                        "warning: " + file + ":1: relayhost is no setting, and no route uses it",
                        "warning: " + file
                                + ":2: smpt.listen is no setting, and no route uses it, is smtp.listen meant?",
                        "configuration ok"),
                check(Map.of()));
    }

    @Test
    void warnsWhenTheLoopbackIsNoLongerARelayNetwork() throws Exception {
        List<String> lines = check(Map.of("mail.relay-networks", "192.0.2.0/24"));
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("warning: mail.relay-networks=192.0.2.0/24 is without the loopback"));
        assertEquals("configuration ok", lines.get(1));
        assertEquals(2, check(Map.of("mail.relay-networks", "")).size());
        assertEquals(
                List.of("configuration ok"), check(Map.of("mail.relay-networks", "192.0.2.0/24, 127.0.0.0/8, ::1")));
        assertEquals(List.of("configuration ok"), check(Map.of("mail.relay-networks", "192.0.2.0/24, 127.0.0.1")));
        assertEquals(
                2,
                check(Map.of("mail.relay-networks", "127.0.0.1", "smtp.listen", "[::1]:2525"))
                        .size());
    }

    @Test
    void warnsOfAliasesThatLeadNowhere() throws Exception {
        Files.writeString(folder.resolve("aliases"), "a: b\nb: a\nteam: alice, nobody\nabuse: alice\n");
        String file = "warning: " + folder.resolve("aliases");
        assertEquals(
                List.of(
                        file + ": line 1: alias a forms a loop at a, which is not a user",
                        file + ": line 2: alias b forms a loop at b, which is not a user",
                        file + ": line 3: alias team leads to nobody, which is neither a user nor an alias",
                        "configuration ok"),
                check(Map.of("mail.local-domains", "local.test")));
    }

    @Test
    void refusesAProgramBehindAnAliasUnlessItIsToBeSkipped() throws Exception {
        Files.writeString(folder.resolve("aliases"), "robot: |/usr/bin/robot\n");
        assertStarts(
                check(Map.of()),
                folder.resolve("aliases") + ":1: target \"|/usr/bin/robot\" is a program"
                        + " (expected: user or user@domain; mail.unsupported-aliases=skip leaves it out)");
        assertEquals(List.of("configuration ok"), check(Map.of("mail.unsupported-aliases", "skip")));
    }

    @Test
    void namesTheVariableOfTheEnvironment() throws Exception {
        List<String> lines = check(Map.of(), Map.of("SMTP_LISTEN", "here"));
        assertStarts(lines, "environment SMTP_LISTEN: smtp.listen=here (expected: host:port");
    }

    @Test
    void notesAMissingTableOfUsers() throws Exception {
        Files.delete(folder.resolve("users"));
        List<String> lines = check(Map.of());
        assertTrue(lines.get(0).startsWith("note: " + folder + " has no file of users"), lines.toString());
        assertEquals(List.of("configuration ok"), lines.subList(1, lines.size()));
        assertStarts(
                check(Map.of("mail.users", "people")),
                folder.resolve("people") + ": cannot be read (expected: a text file");
    }

    @Test
    void namesTheLinesOfTables() throws Exception {
        Files.writeString(folder.resolve("users"), "alice\nbo b\n");
        Files.writeString(folder.resolve("aliases"), "team: alice\n\nteam: bob\n");
        List<String> lines = check(Map.of());
        assertTrue(lines.get(0).startsWith(folder.resolve("users") + ":2: malformed name"), lines.toString());
        assertTrue(lines.get(1).startsWith(folder.resolve("aliases") + ":3: alias team occurs twice"));
        assertEquals(2, lines.size(), lines.toString());
    }

    @Test
    void readsThePolicyThatTheBrokerAndSettleShare() throws Exception {
        Path file = change("broker-config/redelivery.xml", "\"redeliveryDelay\"", "\"redeliveryDelai\"");
        assertStarts(check(Map.of()), file + ":" + lineOf(file, "redeliveryDelai") + ": Invalid property");

        change("broker-config/redelivery.xml", "\"900000\"", "\"-5\"");
        assertStarts(check(Map.of()), file + ": delay ");
    }

    @Test
    void readsTheBrokersConfigurationWithoutStartingIt() throws Exception {
        Path file = change("broker-config/activemq.xml", "journalMaxFileLength=", "journalMaxFile=");
        assertStarts(check(Map.of()), file + ":");
        change("broker-config/activemq.xml", "start=\"false\"", "start=\"true\"");
        assertEquals(List.of("configuration ok"), check(Map.of()));
        change("broker-config/activemq.xml", "</broker>", "");
        assertStarts(check(Map.of()), file + ":");
        assertFalse(Files.exists(folder.resolve("data")));
    }

    @Test
    void findsBrokerPortsThatAreOpenToOtherMachines() throws Exception {
        assertStarts(
                check(Map.of("broker.listen", "tcp://0.0.0.0:61616")),
                "broker.listen: tcp://0.0.0.0:61616 can be reached from other machines without TLS and a login"
                        + " (expected: ssl://HOST:PORT with broker.user and broker.password-file;");
        assertEquals(
                List.of("configuration ok"),
                check(Map.of("broker.listen", "tcp://0.0.0.0:61616", "broker.allow-open", "true")));
        assertEquals(
                List.of("broker.user: without a password (expected: broker.password-file too)"),
                check(Map.of("broker.user", "mail")));

        change(
                "broker-config/activemq.xml",
                "</broker>",
                "<transportConnectors><transportConnector uri=\"amqp://0.0.0.0:0\"/></transportConnectors></broker>");
        assertStarts(check(Map.of()), "broker.listen: the connector amqp://0.0.0.0:0 of activemq.xml can be reached");
    }

    @Test
    void namesTheLineThatIsNoRoute() throws Exception {
        Path file = change("routes/policy.camel.yaml", "- process:", "- proces:");
        assertStarts(check(Map.of()), file + ":" + lineOf(file, "- proces:") + ": ");
    }

    @Test
    void namesTheLineOfAnUnknownBeanAndMethod() throws Exception {
        Path file = change("routes/policy.camel.yaml", "ref: recipientCheck", "ref: recipientChek");
        change("routes/bounce.camel.yaml", "method: bounce", "method: bouns");
        List<String> lines = check(Map.of());
        Path bounce = folder.resolve("routes/bounce.camel.yaml");
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith(file + ":" + lineOf(file, "recipientChek") + ": ")));
        assertTrue(lines.stream()
                .anyMatch(line -> line.startsWith(bounce + ":" + lineOf(bounce, "method: bouns") + ": ")));
    }

    @Test
    void namesTheLineOfAnUnknownEndpointPlaceholderAndExpression() throws Exception {
        Path file = change("routes/retry.camel.yaml", "uri: timer:retry", "uri: tymer:retry");
        assertStarts(check(Map.of()), file + ":" + lineOf(file, "tymer:retry") + ": route retry: ");
        change("routes/retry.camel.yaml", "period: 1000", "period: \"{{no.such}}\"");
        assertStarts(check(Map.of()), file + ":" + lineOf(file, "no.such") + ": route retry: ");
        change("routes/retry.camel.yaml", "period: 1000", "perjod: 1000");
        assertStarts(check(Map.of()), file + ":" + lineOf(file, "timer:retry") + ": route retry: ");
        change("routes/retry.camel.yaml", "autoStartup", "autoStartup");
        Path choice =
                change("routes/receive-smtp.camel.yaml", "${header.stage} == 'sender'", "${header.stage == 'sender'");
        assertStarts(check(Map.of()), choice + ":" + lineOf(choice, "${header.stage == 'sender'") + ": ");
    }

    @Test
    void findsAnIdThatIsThereTwice() throws Exception {
        Path file = change("routes/policy.camel.yaml", "id: check-mail", "id: check-sender");
        assertStarts(check(Map.of()), file + ":");
        assertTrue(check(Map.of()).get(0).contains("id check-sender is taken by " + file + ":"));
    }

    @Test
    void findsBeginningsThatOnlyOneRouteMayHave() throws Exception {
        Path routes =
                change("routes/policy.camel.yaml", "check-mail", "check-mail").getParent();
        Files.writeString(routes.resolve("a.camel.yaml"), route("first", "deliver:archive?concurrency=2"));
        Path second = Files.writeString(routes.resolve("b.camel.yaml"), route("second", "deliver:{{my.transport}}"));
        List<String> lines = check(Map.of("my.transport", "archive"));
        assertStarts(lines, second + ":");
        assertTrue(
                lines.get(0)
                        .endsWith("deliver:archive is the beginning of another route already, first"
                                + " (expected: one route for each transport)"),
                lines.toString());
        assertTrue(check(Map.of("my.transport", "other")).contains("configuration ok"));

        Files.writeString(routes.resolve("a.camel.yaml"), NOTES);
        Files.writeString(second, route("second", "web:notes/{name}?method=PUT"));
        lines = check(Map.of());
        assertStarts(lines, second + ":");
        assertTrue(
                lines.get(0)
                        .endsWith("web:notes/{name} is the beginning of another route already, first"
                                + " (expected: one route for each path and method)"),
                lines.toString());
    }

    private static final String NOTES = """
            - route:
                id: first
                from:
                  uri: platform-http:/notes/{x}
                  parameters:
                    httpMethodRestrict: POST,PUT
                    headerFilterStrategy: "#class:dev.caravan.http.RequestFields('urgent, page')"
                  steps:
                    - log: "here"
            """;

    private static String route(String id, String from) {
        return "- route:\n    id: " + id + "\n    from:\n      uri: \"" + from + "\"\n      steps:\n"
                + "        - log: \"here\"\n";
    }

    @Test
    void findsAStepThatLeadsNowhere() throws Exception {
        change("routes/policy.camel.yaml", "uri: direct:check-mail", "uri: direct:check-mails");
        List<String> lines = check(Map.of());
        assertEquals(3, lines.size(), lines.toString());
        for (String name : List.of("receive-smtp", "receive-submission", "receive-devices")) {
            Path caller = folder.resolve("routes/" + name + ".camel.yaml");
            String start = caller + ":" + (lineOf(caller, "uri: direct:check-mail") - 1)
                    + ": direct:check-mail is the beginning of no";
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), () -> lines + " expected: " + start);
        }
    }

    @Test
    void findsAFailureRuleThatIsNotThere() throws Exception {
        Path file = change("routes/settle.camel.yaml", "settle-failures", "settle-failure");
        List<String> lines = check(Map.of());
        assertStarts(lines, file + ":");
        assertTrue(lines.get(0).contains("unknown routeConfiguration settle-failure"), lines.toString());
    }

    @Test
    void aFolderWithoutRoutesIsAMistake() throws Exception {
        Files.createDirectory(folder.resolve("routes"));
        assertStarts(check(Map.of()), folder.resolve("routes") + ": no routes");
    }

    /** A home's own copy of a file, with another text in one place. */
    private Path change(String name, String from, String to) throws IOException {
        Path own = folder.resolve(name);
        Files.createDirectories(own.getParent());
        try (Stream<Path> shipped = Files.list(DISTRIBUTION.resolve(name).getParent())) {
            for (Path file : shipped.toList()) {
                Path copy = own.resolveSibling(file.getFileName().toString());
                if (Files.isRegularFile(file) && (copy.equals(own) || !Files.exists(copy))) {
                    Files.writeString(copy, Files.readString(file));
                }
            }
        }
        Files.writeString(own, Files.readString(own).replace(from, to));
        return own;
    }

    private static int lineOf(Path file, String text) {
        try {
            List<String> lines = Files.readAllLines(file);
            return 1
                    + (int) lines.stream()
                            .takeWhile(line -> !line.contains(text))
                            .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertStarts(List<String> lines, String start) {
        assertTrue(lines.size() == 1 && lines.get(0).startsWith(start), () -> lines + " expected: " + start);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> check(Map<String, String> overrides) throws Exception {
        return check(overrides, Map.of());
    }

    private List<String> check(Map<String, String> overrides, Map<String, String> environment) throws Exception {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(octets, true, StandardCharsets.UTF_8);
        int found = ConfigurationCheck.check(new ServerHome(folder, DISTRIBUTION), overrides, environment, out);
        List<String> lines = octets.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(lines.contains("configuration ok") ? 0 : lines.size(), found);
        return lines;
    }
}
