package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The mail of a user who sends too much waits for an operator, and the user's name goes with each message. */
@Tag("server")
class BusyUserTest {
    private static final String RULE = "        - process:\n            ref: recipientCheck\n";

    @TempDir
    Path folder;

    private TestServer server() {
        return new TestServer(folder)
                .set("submission.listen", "127.0.0.1:0")
                .set("smtp.xclient-networks", "127.0.0.1")
                .set("busy.recipients", "2");
    }

    @Test
    void isHeldAndReleasedByTheNameOfTheUser() throws Exception {
        new OwnRoutes(folder)
                .write("hold-busy-user", Files.readString(Path.of("routes/recipes/hold-busy-user.camel.yaml")))
                .edit("policy", RULE, RULE + "        - to:\n            uri: direct:hold-busy-user\n");
        try (TestServer server = server().start()) {
            OperatorCli operator = new OperatorCli(folder);
            for (int i = 0; i < 4; i++) {
                assertTrue(send(server, "alice@local.test").startsWith("250 "), "message " + i);
                assertTrue(send(server, "bob@local.test").startsWith("250 ") || i > 0, "message " + i);
            }
            server.mailbox("alice", 4);
            List<JsonNode> held = operator.lists("--state", "held", "--user", "Alice@local.test");
            assertEquals(2, held.size(), held.toString());
            assertEquals(
                    2,
                    operator.lists("--state", "held", "--user", "bob@local.test")
                            .size());
            assertEquals(
                    0,
                    operator.lists("--state", "held", "--user", "carol@local.test")
                            .size());
            OperatorCli.Did did = operator.types("queue", "release", "--user", "alice@local.test");
            assertEquals(0, did.code(), did.toString());
            Await.until(
                    "alice's messages are released",
                    () -> server.mailbox("alice").size() == 6);
            assertEquals(2, server.depth("mail.hold"));
        }
    }

    @Test
    void theLogNamesRoleAndUser() throws Exception {
        Logger mail = (Logger) LoggerFactory.getLogger("mail");
        mail.setLevel(Level.INFO);
        try (LoggedLines log = new LoggedLines();
                TestServer server = server().start()) {
            send(server, "alice@local.test");
            server.mailbox("alice", 1);
            String line = log.all().stream()
                    .filter(text -> text.contains(" accepted "))
                    .findFirst()
                    .orElseThrow();
            assertTrue(line.contains(" role=submission user=alice@local.test"), line);
        } finally {
            mail.setLevel(null);
        }
    }

    /** As a proxy does that has authenticated the user itself. */
    private static String send(TestServer server, String user) throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
            client.say("EHLO proxy.test");
            assertTrue(client.say("XCLIENT ADDR=127.0.0.2 LOGIN=" + user).startsWith("220 "));
            client.say("EHLO client.test");
            return client.send("<" + user + ">", List.of("<alice@local.test>"), "From: " + user + "\r\n\r\nhello\r\n");
        }
    }
}
