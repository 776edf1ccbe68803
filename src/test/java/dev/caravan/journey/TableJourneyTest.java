package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The operator edits the tables of users and aliases while mail comes in. */
@RunningServer(settings = "http.listen=127.0.0.1:0", users = "alice\n")
class TableJourneyTest {
    private static final String MAIL = "Subject: x\r\n\r\nhello\r\n";

    private final MovingClock clock = MovingClock.now();

    private TestServer node;

    @Test
    void neverRefusesTheFirstMailOfANewUserForGood() throws Exception {
        node.write("users", "alice\nzoe\n");
        String first = recipient("zoe");
        assertTrue(first.startsWith("451") || first.startsWith("250"), first);
        write("users", "alice\nzoe\n");
        assertTrue(recipient("zoe").startsWith("250"));
        assertTrue(recipient("nobody").startsWith("550 5.1.1"));
    }

    @Test
    void readsAChangeAlthoughNobodyAsks() throws Exception {
        try (LoggedLines log = new LoggedLines()) {
            write("aliases", "team alice\n");
            Await.until("the timer has found it broken", () -> log.ofFaults().size() == 1);
        }
    }

    @Test
    void putsOffUnknownNamesWhileATableIsBrokenAndSaysSoOnce() throws Exception {
        try (LoggedLines log = new LoggedLines()) {
            write("aliases", "team alice\n");
            for (int i = 0; i < 3; i++) {
                assertTrue(recipient("team").startsWith("451 4.3.0"), recipient("team"));
                assertEquals(503, post("team"));
            }
            assertTrue(recipient("alice").startsWith("250"));
            assertEquals(202, post("alice"));
            List<String> faults = log.ofFaults();
            assertEquals(1, faults.size(), faults.toString());
            assertTrue(faults.get(0).contains("aliases: line 1: no colon"), faults.get(0));
        }
        write("aliases", "team: alice\n");
        assertTrue(recipient("team").startsWith("250"));
        assertEquals(202, post("team"));
        assertEquals(2, node.mailbox("alice", 2).size());
    }

    @Test
    void keepsAcceptedMailWhileTheTableOfUsersIsBroken() throws Exception {
        node.node().camel().getRouteController().stopRoute("deliver-local");
        assertTrue(SmtpTestClient.sendOne(node.smtp(), "<>", "<alice@local.test>", MAIL)
                .startsWith("250"));
        write("users", "zoe\n");
        assertTrue(recipient("zoe").startsWith("250"));
        write("users", "b ob\n");
        node.node().camel().getRouteController().startRoute("deliver-local");
        Await.until("the mail waits", () -> node.hasQueue("mail.retry.15m") && node.depth("mail.retry.15m") == 1);
        assertEquals(0, node.depth("mail.dead"));
        node.write("users", "alice\nzoe\n");
        clock.advance(Duration.ofMinutes(15));
        assertEquals(1, node.node().tick());
        assertEquals(1, node.mailbox("alice", 1).size());
    }

    /** Writes a table that has not been touched for some time, as the server's clock sees it. */
    private void write(String name, String text) throws Exception {
        node.write(name, text);
        Files.setLastModifiedTime(
                node.folder().resolve(name), FileTime.from(clock.instant().minusSeconds(60)));
    }

    private String recipient(String name) throws Exception {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<a@far.test>");
            return talk.say("RCPT TO:<" + name + "@local.test>");
        }
    }

    private int post(String name) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://"
                        + node.node().http().orElseThrow() + "/mail?from=%3C%3E&to=" + name + "%40local.test"))
                .header("Content-Type", "message/rfc822")
                .POST(BodyPublishers.ofString(MAIL))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
    }
}
