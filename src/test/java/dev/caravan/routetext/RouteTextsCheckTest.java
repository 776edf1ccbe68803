package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ServerHome;
import dev.caravan.routetest.ScenarioRunner;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Camel finds only when a message comes is found when the routes are read, with file and line. */
@Tag("server")
class RouteTextsCheckTest {
    private static final Path DISTRIBUTION = Path.of("").toAbsolutePath();

    @TempDir
    Path folder;

    private OwnRoutes routes;

    @BeforeEach
    void copyRoutes() throws Exception {
        Files.writeString(folder.resolve("users"), "alice\n");
        routes = new OwnRoutes(folder);
    }

    @Test
    void refusesArgumentsThatNoMessageWouldPass() throws Exception {
        assertRefused("policy", """
                rule     | refuse('5.7.1')                    | refuse has 1 arguments (expected: refuse(status, text))
                rule     | refuse                             | refuse has 0 arguments (expected: refuse(status, text))
                rule     | refuse('5.7.1', 'x', 'y')          | refuse has 3 arguments (expected: refuse(status, text))
                rule     | refuse('550', 'x')                 | refuse: status is '550' (expected: an enhanced status code
                rule     | refuse('4.7.1', 'x')               | refuse: status is '4.7.1' (expected: an enhanced status code that begins with 5
                rule     | refuse('5.7.1', 'zu groß')         | refuse: text is 'zu groß' (expected: at most 450 printable ASCII
                rule     | refuse('5.7.1', '${header.sender} zu groß') | refuse: text is
                rule     | refuse('5.7.1', 'it's')            | refuse has quotes that do not match
                rule     | hold('big', 'x')                   | hold has 2 arguments (expected: hold(reason))
                rule     | defer('5.7.1', 'x')                | defer: status is '5.7.1' (expected: an enhanced status code that begins with 4
                rule     | rejekt('x')                        | bean rule has no method rejekt (expected: one of [defer, discard, hold, refuse])
                throttle | atMost(10, '1min', 'remoteAddress')| atMost: period is '1min' (expected: a number and a unit
                throttle | atMost(10, '2d', 'remoteAddress')  | atMost: period is '2d' (expected: a number and a unit
                throttle | atMost(0, '1m', 'remoteAddress')   | atMost: count is 0 (expected: a whole number from 1
                throttle | atMost(ten, '1m', 'remoteAddress') | atMost: count is ten (expected: a whole number from 1
                throttle | atMost(10, '1m', 'subject')        | atMost: by is 'subject' (expected: one of helo,
                throttle | atMost(10, '1m', 'recipientDomain')| header recipientDomain is not known in check-mail
                clamd    | scan('127.0.0.1:abc')              | scan: address is '127.0.0.1:abc' (expected: host or host:port)
                headerField | put('X Y', 'x')                 | put: name is 'X Y' (expected: the name of a header field
                headerField | put('Subject', 'größer')        | put: text is
                headerField | put('Subject', '[EXT] ${header.subject}') | header subject is not known in check-mail (expected: one of
                clientCountry | isIn('countries', 'Germany')  | isIn: countries is 'Germany' (expected: codes of two letters
                """);
    }

    @Test
    void refusesBeansWhereTheyDoNotWork() throws Exception {
        assertRefused("policy", """
                copy | to('archive@archive.internal') | bean copy does not work in check-mail (expected: in destinations)
                """);
        Files.writeString(
                routes.file("policy"),
                Files.readString(routes.file("policy"))
                        .replaceFirst(
                                "(?s)(uri: direct:check-sender\\s+steps:\n)",
                                "$1        - bean: { ref: headerField, method: \"put('X-A', 'b')\" }\n"
                                        + "        - filter:\n"
                                        + "            simple: \"\\${bean:mailParts?method=subject} == 'x'\"\n"
                                        + "            steps:\n"
                                        + "              - process: { ref: recipientCheck }\n"));
        List<String> lines = check();
        assertEquals(4, lines.size(), lines.toString());
        for (String bean : List.of("headerField", "mailParts")) {
            assertTrue(lines.toString()
                    .contains(
                            "bean " + bean + " does not work in check-sender (expected: in check-mail, destinations)"));
        }
        assertTrue(lines.toString()
                .contains("bean recipientCheck does not work in check-sender (expected: in check-recipient)"));
    }

    @Test
    void refusesArgumentsInDestinations() throws Exception {
        assertRefused("destinations", """
                destination | send('far.example', 'Partner Mail') | send: transport is 'Partner Mail' (expected: 1 to 64
                destination | send('*.int.test', 'smtp')          | send: recipients is '*.int.test' (expected: a domain, an address, or *
                destination | send('int.test', 'partner')         | no route takes messages from mail.deliver.partner (expected: a route from
                copy        | to('archive')                       | to: address is 'archive' (expected: an address
                footer      | add('a b', 'x', 'y')                | add: domain is 'a b' (expected: a domain
                """);
    }

    /** Each line is a bean, what is called, and the beginning of what is said of it. */
    private void assertRefused(String name, String table) throws Exception {
        List<String> rows = table.lines().toList();
        List<String> expected = new ArrayList<>();
        for (String row : rows) {
            String[] cells = row.split("\\s*\\|\\s*", 3);
            append(name, "- bean: { ref: " + cells[0].strip() + ", method: \"" + cells[1] + "\" }\n");
            expected.add(routes.file(name) + ":"
                    + Files.readAllLines(routes.file(name)).size() + ": " + cells[2]);
        }
        List<String> lines = check();
        assertEquals(rows.size(), lines.size(), lines.toString());
        for (String text : expected) {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(text)), () -> text + " is not in " + lines);
        }
    }

    @Test
    void acceptsWhatWorks() throws Exception {
        Files.writeString(folder.resolve("caravan.properties"), "my.text = write to us\n");
        for (String method : List.of(
                "refuse('5.7.1', 'no, (really) :)')",
                "refuse(\\\"5.7.1\\\", \\\"it's so\\\")",
                "refuse('5.7.1', 'not from ${header.senderDomain}')",
                "refuse('5.7.1', '{{my.text}}')",
                "refuse('{{my.status:5.7.1}}', 'x')",
                "refuse('5.7.1', '')",
                "refuse(5.7.1, hello world)",
                "refuse( '5.7.1' , ${header.sender} )",
                "hold('größer als erlaubt')",
                "discard('${header.remoteAddress}')")) {
            append("policy", "- bean: { ref: rule, method: \"" + method + "\" }\n");
        }
        assertEquals(List.of("configuration ok"), check());
    }

    @Test
    void acceptsHeadersWhoseNamesAreInPlaceholdersAndRoutesOfTemplates() throws Exception {
        Files.writeString(folder.resolve("caravan.properties"), "my.header = colour\n");
        routes.write("templates", """
                - routeTemplate:
                    id: greylist
                    parameters: [ { name: partner } ]
                    from:
                      uri: "direct:{{partner}}"
                      steps:
                        - log: "from {{partner}}"
                - templatedRoute:
                    routeTemplateRef: greylist
                    routeId: greylist-acme
                    parameters: [ { name: partner, value: acme } ]
                """);
        append("policy", """
                - setHeader: { name: "{{my.header}}", constant: red }
                - log: "${header.colour}"
                - to: direct:acme
                """);
        assertEquals(List.of("configuration ok"), check());
        append("policy", "- log: \"${header.color}\"\n");
        assertEquals(1, check().size());
        append("policy", "- setHeader: { name: \"x-${header.helo}\", constant: red }\n");
        assertEquals(List.of("configuration ok"), check());
    }

    @Test
    void looksIntoPlaceholders() throws Exception {
        Files.writeString(folder.resolve("caravan.properties"), "my.text = schön\n");
        append("policy", "- bean: { ref: rule, method: \"refuse('5.7.1', '{{my.text}}')\" }\n");
        assertStarts(check(), routes.file("policy") + ":");
    }

    @Test
    void looksIntoAllFormsOfACall() throws Exception {
        append("policy", """
                - filter:
                    method: { ref: headerField, method: "exists('A:Y')" }
                    steps:
                      - stop: {}
                - setProperty:
                    name: mine
                    simple: "${bean:headerField?method=exists('B:Y')}"
                - to: "bean:headerField?method=exists('C:Y')"
                - filter:
                    expression:
                      method:
                        ref: headerField
                        method: "exists('D:Y')"
                    steps:
                      - stop: {}
                - to:
                    uri: bean:headerField
                    parameters:
                      method: "exists('E:Y')"
                """);
        List<String> lines = check();
        assertEquals(5, lines.size(), lines.toString());
        for (String name : List.of("A:Y", "B:Y", "C:Y", "D:Y", "E:Y")) {
            String start = routes.file("policy") + ":" + routes.lineOf("policy", name) + ": exists: name is '" + name;
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), () -> start + " is not in " + lines);
        }
    }

    @Test
    void knowsWhichHeadersAStageHas() throws Exception {
        List<String> unknown = List.of(
                "check-connection sender",
                "check-sender recipient",
                "check-recipient size",
                "check-recipient mailId",
                "check-mail senderDomian",
                "check-mail recipientDomain",
                "check-mail recipient",
                "check-mail subject");
        for (String row : unknown) {
            String[] words = row.split(" ");
            String begin = "uri: direct:" + words[0] + "\n      steps:\n";
            routes.edit("policy", begin, begin + "        - log: \"" + row + " ${header." + words[1] + "}\"\n");
        }
        List<String> lines = check();
        assertEquals(unknown.size(), lines.size(), lines.toString());
        for (String row : unknown) {
            String[] words = row.split(" ");
            String start = routes.file("policy") + ":" + routes.lineOf("policy", "\"" + row) + ": header " + words[1]
                    + " is not known in " + words[0] + " (expected: one of ";
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), () -> start + " is not in " + lines);
        }
    }

    @Test
    void takesAHeaderThatIsSetOrKnownInOneOfTheStages() throws Exception {
        append("policy", """
                - setHeader: { name: mine, constant: x }
                - to: direct:mine
                """);
        routes.edit("policy", "- process:\n            ref: recipientCheck", "- to: direct:mine");
        routes.write("mine", """
                - route:
                    id: mine
                    from:
                      uri: direct:mine
                      steps:
                        - filter:
                            simple: "${header.stage} == 'recipient' && ${header.RecipientDomain} == ${header.mine}"
                            steps:
                              - log: "${headers.senderDomain} ${header.CamelFileName} ${header.mailId}"
                """);
        assertEquals(List.of("configuration ok"), check());
    }

    @Test
    void doesNotGuessBehindStepsThatMaySetAnyHeader() throws Exception {
        append("policy", """
                - to: "http://127.0.0.1:9/x"
                - log: "${header.X-Answer}"
                """);
        assertEquals(List.of("configuration ok"), check());
        append("policy", "- log: \"${header.senderDomian}\"\n");
        assertStarts(check(), routes.file("policy") + ":");
    }

    @Test
    void knowsThatTheServerCallsTheRouteOfLogins() throws Exception {
        routes.write("authenticate", """
                - route:
                    id: authenticate
                    from:
                      uri: direct:authenticate
                      steps:
                        - bean: { ref: login, method: refuse }
                """);
        assertEquals(List.of("configuration ok"), check());
    }

    @Test
    void tellsOfARecipeThatNothingCalls() throws Exception {
        for (String recipe : List.of("hold-large-mail", "deliver-to-jms")) {
            routes.write(recipe, Files.readString(Path.of("routes/recipes/" + recipe + ".camel.yaml")));
        }
        List<String> lines = check();
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(1).startsWith("warning: " + routes.file("hold-large-mail") + ":"), lines.toString());
        assertTrue(
                lines.get(1).contains("no step calls route hold-large-mail, such as \"- to: direct:hold-large-mail\""));
        assertTrue(lines.get(0).startsWith("warning: " + routes.file("deliver-to-jms") + ":"), lines.toString());
        assertTrue(lines.get(0).contains("no step sends messages to route deliver-invoices"));
        assertEquals("configuration ok", lines.get(2));
        append("policy", "- to: direct:hold-large-mail\n");
        append("destinations", "- bean: { ref: destination, method: \"send('a@b.example', 'invoices')\" }\n");
        assertEquals(List.of("configuration ok"), check());
    }

    @Test
    void stopsATestOfRoutes() throws Exception {
        append("policy", "- bean: { ref: rule, method: \"refuse('550', 'x')\" }\n");
        Path tests = Files.writeString(folder.resolve("t.yaml"), """
                settings: {mail.local-domains: local.example}
                users: alice
                tests:
                  - name: one
                    to: alice@local.example
                    expect: {data: "250"}
                """);
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(octets, true, StandardCharsets.UTF_8);
        assertEquals(
                1,
                ScenarioRunner.run(
                        new ServerHome(folder, DISTRIBUTION),
                        Map.of(),
                        List.of(tests),
                        ConfigurationCheck::ofRoutes,
                        out));
        List<String> lines = octets.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals("FAIL " + tests, lines.get(0));
        assertTrue(lines.get(1).strip().startsWith(routes.file("policy") + ":"), lines.toString());
        assertEquals("0 passed, 1 failed", lines.get(lines.size() - 1));
    }

    @Test
    void theFieldOfAMessageCanBePutBeforeAnother() throws Exception {
        append(
                "destinations",
                "- bean: { ref: headerFields, method: \"put('Subject', '[EXT] ${bean:headerFields?method=value('Subject')}')\" }\n");
        assertEquals(List.of("configuration ok"), check());
        try (TestServer node = new TestServer(folder).start()) {
            SmtpTestClient.sendOne(
                    node.smtp(), "<x@far.test>", "<alice@local.test>", "Subject: hello (you, too)\r\n\r\nx\r\n");
            String mail = node.mailbox("alice", 1).get(0);
            assertTrue(mail.contains("Subject: [EXT] hello (you, too)\n"), mail);
        }
    }

    private void append(String name, String steps) throws Exception {
        String text = Files.readString(routes.file(name));
        routes.write(name, text + (text.endsWith("\n") ? "" : "\n") + steps.indent(8));
    }

    private static void assertStarts(List<String> lines, String start) {
        assertTrue(lines.size() == 1 && lines.get(0).startsWith(start), () -> lines + " expected: " + start);
    }

    private List<String> check() throws Exception {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(octets, true, StandardCharsets.UTF_8);
        ConfigurationCheck.check(new ServerHome(folder, DISTRIBUTION), Map.of(), Map.of(), out);
        return octets.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
