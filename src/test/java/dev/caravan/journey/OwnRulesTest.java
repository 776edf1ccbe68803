package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A home with routes of its own: those that come with the server, where the policy has the rules that its comments show
 * and a few more, in YAML alone. From here nobody may relay.
 */
@RunningServer(settings = "mail.relay-networks=192.0.2.0/24", users = "alice\nbob\ncarol\ndave\nerin\nfrank\ngrace\n")
class OwnRulesTest {
    private static final String CONTENT = "Subject: x\r\n\r\nhello\r\n";

    private static final String CHANGES_BODY = """
                    - filter:
                        simple: "${header.recipient} == 'a@body.test'"
                        steps:
                          - setBody:
                              constant: mine
            """;

    private static final String THROWS = """
                    - filter:
                        simple: "${header.recipient} == 'erin@local.test'"
                        steps:
                          - throwException:
                              exceptionType: java.lang.IllegalStateException
                              message: a broken rule
            """;

    private static final FakeDns DNS = new FakeDns();

    private static TestServer node;

    @BeforeStart
    static void copyRoutes() throws Exception {
        Path own = Files.createDirectories(node.folder().resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
        Path policy = own.resolve("policy.camel.yaml");
        String shipped = Files.readString(policy);
        String text = shipped.replace("20000000", "2000")
                .replace(
                        "uri: direct:check-sender\n      steps:\n",
                        "uri: direct:check-sender\n      steps:\n" + example(shipped, "# First example"))
                .replace(
                        "uri: direct:check-mail\n      steps:\n",
                        "uri: direct:check-mail\n      steps:\n"
                                + example(shipped, "# Second example").replace("20000000", "2000"))
                .replace(
                        "        - process:\n            ref: recipientCheck\n",
                        CHANGES_BODY
                                + "        - process:\n            ref: recipientCheck\n"
                                + rule("${header.recipient} == 'bob@local.test'", "defer('4.7.1', 'greylisted')")
                                + rule("${header.recipient} == 'carol@local.test'", "discard('nobody reads it')")
                                + rule("${header.recipient} == 'frank@local.test'", "hold('on leave')")
                                + rule("${header.recipient} == 'grace@local.test'", "refuse('no status', 'x')")
                                + THROWS);
        Files.writeString(policy, text);
    }

    /** The steps in a comment at the head of the file, behind a text in it. */
    private static String example(String policy, String behind) {
        return policy.substring(policy.indexOf(behind))
                .lines()
                .dropWhile(line -> !line.startsWith("#        "))
                .takeWhile(line -> line.startsWith("#        "))
                .map(line -> line.substring(1) + "\n")
                .collect(Collectors.joining());
    }

    private static String rule(String when, String then) {
        return "        - filter:\n            simple: \"" + when + "\"\n            steps:\n              - bean:\n"
                + "                  ref: rule\n                  method: \"" + then + "\"\n";
    }

    @Test
    void refusesToRelayForStrangers() throws Exception {
        String reply = node.trySend("<x@far.test>", List.of("<a@far.test>"), CONTENT);
        assertTrue(reply.startsWith("550 5.7.1 "), reply);
    }

    @Test
    void refusesToRelayForStrangersWhateverARuleMadeOfTheBody() throws Exception {
        String reply = node.trySend("<x@far.test>", List.of("<a@body.test>"), CONTENT);
        assertTrue(reply.startsWith("550 5.7.1 "), reply);
    }

    @Test
    void refusesByTheFirstExampleOfTheComments() throws Exception {
        assertEquals(
                "550 5.7.1 payroll.example sends from its own host only",
                node.trySend("<x@payroll.example>", List.of("<dave@local.test>"), CONTENT));
    }

    @Test
    void defersByARule() throws Exception {
        assertEquals("451 4.7.1 greylisted", node.trySend("<x@far.test>", List.of("<bob@local.test>"), CONTENT));
        assertEquals(List.of(), node.mailbox("bob"));
    }

    @Test
    void throwsAwayWhatARuleDiscards() throws Exception {
        String reply = node.trySend("<x@far.test>", List.of("<carol@local.test>"), CONTENT);
        assertTrue(reply.startsWith("250"), reply);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("carol"));
        assertEquals(List.of(), node.spool());
    }

    @Test
    void holdsLargeMailByTheSecondExampleOfTheComments() throws Exception {
        long before = node.depth("mail.hold");
        String large = CONTENT + "0123456789\r\n".repeat(300);
        String reply = node.trySend("<x@far.test>", List.of("<alice@local.test>"), large);
        assertTrue(reply.startsWith("250"), reply);
        assertEquals(before + 1, node.depth("mail.hold"));
        assertEquals(List.of(), node.mailbox("alice"));
        assertHeld("alice@local.test", "check-mail", "larger than 20 MB");
    }

    private static void assertHeld(String to, String by, String reason) throws Exception {
        OperatorCli operator = new OperatorCli(node.folder());
        JsonNode held = operator.lists("--state", "held", "--to", to).get(0);
        assertEquals(by, held.get("heldBy").asText());
        assertEquals(reason, held.get("heldReason").asText());
        assertTrue(Instant.parse(held.get("heldAt").asText()).isBefore(Instant.now()));
        String table = operator.types("queue", "list", "--to", to).out();
        assertTrue(table.contains("(held by " + by + ": " + reason + ")"), table);
        String shown = operator.types("queue", "show", held.get("id").asText()).out();
        assertTrue(shown.contains("heldReason: " + reason + "\n"), shown);
    }

    @Test
    void deliversHeldMailThatAnOperatorReleases() throws Exception {
        assertTrue(node.trySend("<x@far.test>", List.of("<frank@local.test>"), CONTENT)
                .startsWith("250"));
        Await.until("held", () -> node.depth("mail.hold") >= 1);
        assertEquals(List.of(), node.mailbox("frank"));
        assertHeld("frank@local.test", "check-recipient", "on leave");
        try (JmsProbe talk = new JmsProbe()) {
            for (long i = node.depth("mail.hold"); i > 0; i--) {
                talk.move("mail.hold", "mail.deliver.local");
            }
        }
        assertTrue(node.mailbox("frank", 1).get(0).endsWith("hello\n"));
    }

    @Test
    void answers451WhenARuleFailsAndGoesOn() throws Exception {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<x@far.test>");
            for (String broken : List.of("erin", "grace")) {
                String reply = talk.say("RCPT TO:<" + broken + "@local.test>");
                assertTrue(reply.startsWith("451 4.3.0 "), reply);
            }
            assertTrue(talk.say("RCPT TO:<dave@local.test>").startsWith("250"));
            assertTrue(talk.say("DATA").startsWith("354"));
            talk.raw(CONTENT);
            assertTrue(talk.say(".").startsWith("250"));
        }
        Await.until("the other has it", () -> !node.mailbox("dave").isEmpty());
        assertEquals(List.of(), node.mailbox("erin"));
    }
}
