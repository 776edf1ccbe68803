package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the mail log says of a message's life: each event once, and with DEBUG each decision on its way. */
@Tag("server")
class MailEventsJourneyTest {
    private static final Logger EVENTS = (Logger) LoggerFactory.getLogger("mail");
    private static final Logger DECISIONS = (Logger) LoggerFactory.getLogger("decision");

    @TempDir
    Path folder;

    @BeforeEach
    void wantDecisions() {
        EVENTS.setLevel(Level.INFO);
        DECISIONS.setLevel(Level.DEBUG);
    }

    @AfterEach
    void wantNoDecisions() {
        EVENTS.setLevel(null);
        DECISIONS.setLevel(null);
    }

    private static String id(String reply) {
        assertTrue(reply.startsWith("250 2.0.0 ok queued as "), reply);
        return reply.substring(reply.lastIndexOf(' ') + 1);
    }

    private static List<String> events(LoggedLines lines, String id) {
        return lines.all().stream()
                .filter(line -> line.startsWith(id) && !line.contains(" by="))
                .map(line -> line.substring(0, line.indexOf(' ', line.indexOf(' ') + 1)))
                .toList();
    }

    private static List<String> decisions(LoggedLines lines, String from) {
        return lines.all().stream()
                .filter(line -> line.startsWith(from) && line.contains(" by="))
                .toList();
    }

    @Test
    void logsEachEventOfAMessageOnce() throws Exception {
        try (LoggedLines lines = new LoggedLines();
                FakeMailServer peer = new FakeMailServer().reply("RCPT", "550 5.1.1 no such user");
                TestServer node = new TestServer(folder).with(peer).start()) {
            String id = id(SmtpTestClient.sendOne(
                    node.smtp(), "<alice@local.test>", "<b@far.test>", "Subject: one\r\n\r\nhello\r\n"));
            Await.until("alice has the report", () -> node.mailbox("alice").size() == 1);
            node.awaitQuiet();

            assertEquals(
                    List.of(id + " accepted", id + ".1 bounced", id + ".1 failed"),
                    events(lines, id).stream().sorted().toList());
            String report = lines.all().stream()
                    .filter(line -> line.startsWith(id + ".1 bounced"))
                    .findFirst()
                    .orElseThrow()
                    .replaceFirst(".* dsn=([0-9A-Z]+) .*", "$1");
            assertEquals(List.of(report + " accepted", report + ".1 delivered"), events(lines, report));
        }
    }

    @Test
    void logsTheDecisionsOnTheWayOfAMessage() throws Exception {
        try (LoggedLines lines = new LoggedLines();
                FakeMailServer peer = new FakeMailServer().reply("RCPT", "450 4.2.1 busy \u001b[2J");
                TestServer node = new TestServer(folder).with(peer).start()) {
            String id = id(SmtpTestClient.sendOne(
                    node.smtp(), "<alice@local.test>", "<b@far.test>", "Subject: one\r\n\r\nhello\r\n"));
            Await.until("it is deferred", () -> events(lines, id).contains(id + ".1 deferred"));

            List<String> checks = decisions(lines, "- recipient session=");
            assertEquals(1, checks.size(), checks::toString);
            assertTrue(
                    checks.get(0)
                            .matches(
                                    "- recipient session=[0-9A-Z]{12} to=<b@far\\.test> by=recipient-domain"
                                            + " route=check-recipient at=.*policy\\.camel\\.yaml:[1-9][0-9]* verdict=\"pass\" .*"),
                    checks.get(0));
            assertTrue(
                    decisions(lines, id + " submit ").stream()
                            .anyMatch(line -> line.contains(" by=hopLimit route=submit")),
                    () -> decisions(lines, id).toString());
            List<String> attempt = decisions(lines, id + ".1 delivery ");
            assertEquals(2, attempt.size(), attempt::toString);
            assertTrue(attempt.get(0).contains(" to=<b@far.test> by=host verdict=\"deferred 4.2.1\""), attempt.get(0));
            assertTrue(
                    attempt.get(1).contains(" to=<b@far.test> by=attempt verdict=\"deferred 4.2.1\""), attempt.get(1));
            assertTrue(attempt.get(0).contains("450 4.2.1 busy ?[2J"), attempt.get(0));
        }
    }

    @Test
    void namesTheRuleThatRefusesAndTheLineOfItsFile() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.addRecipientRule("${header.helo} contains 'evil'", "refuse('5.7.1', 'not you')");
        try (LoggedLines lines = new LoggedLines();
                TestServer node = new TestServer(folder).start();
                SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO evil");
            client.say("MAIL FROM:<a@far.test>");
            assertEquals("550 5.7.1 not you", client.say("RCPT TO:<\"x\\\" verdict=\\\"pass\"@local.test>"));

            List<String> decisions = decisions(lines, "- recipient session=");
            assertEquals(1, decisions.size(), decisions::toString);
            String line = decisions.get(0);
            // The step begins with "- bean:", two lines above its method.
            int step = routes.lineOf("policy", "refuse('5.7.1', 'not you')") - 2;
            assertTrue(line.contains(" by=rule route=check-recipient at=policy.camel.yaml:" + step + " "), line);
            assertTrue(line.endsWith(" verdict=\"550 5.7.1 not you\""), line);
            assertTrue(line.contains(" to=\"<\\\"x\\\\\\\" verdict=\\\\\\\"pass\\\"@local.test>\""), line);
            String session = line.replaceFirst("- recipient session=([0-9A-Z]+) .*", "$1");
            Await.until(
                    "the refusal is logged",
                    () -> lines.all().stream()
                            .anyMatch(refused ->
                                    refused.startsWith("- refused ") && refused.endsWith(" session=" + session)));
        }
    }

    @Test
    void buildsNoDecisionThatNobodyWants() throws Exception {
        DECISIONS.setLevel(Level.INFO);
        try (LoggedLines lines = new LoggedLines();
                TestServer node = new TestServer(folder).start()) {
            String id = id(SmtpTestClient.sendOne(
                    node.smtp(), "<a@far.test>", "<alice@local.test>", "Subject: one\r\n\r\nhello\r\n"));
            Await.until("it is delivered", () -> events(lines, id).contains(id + ".1 delivered"));
            assertEquals(List.of(), decisions(lines, ""));
        }
    }
}
