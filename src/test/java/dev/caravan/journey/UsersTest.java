package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What an operator and the users see of passwords. */
@Tag("server")
class UsersTest {
    @TempDir
    Path folder;

    private OperatorCli operator() {
        return new OperatorCli(folder);
    }

    private TestServer server() {
        return new TestServer(folder)
                .set("submission.listen", "127.0.0.1:0")
                .set("auth.require-tls", "false")
                .set("mail.relay-networks", "192.0.2.0/24");
    }

    private OperatorCli.Did user(String input, String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "user";
        System.arraycopy(words, 0, all, 1, words.length);
        return operator().typesWith(input, all);
    }

    private void add(String name, String password) {
        OperatorCli.Did did = user(password + "\n", "add", name, "--password-stdin");
        assertEquals(0, did.code(), did.toString());
    }

    private static SmtpTestClient client(TestServer server) throws Exception {
        SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION));
        client.say("EHLO client.test");
        return client;
    }

    private static String login(SmtpTestClient client, String user, String password) throws Exception {
        return client.say("AUTH PLAIN "
                + Base64.getEncoder().encodeToString(("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8)));
    }

    private static void awaitLogin(TestServer server, String user, String password, String reply) {
        Await.until(user + " gets " + reply, () -> {
            try (SmtpTestClient client = client(server)) {
                return login(client, user, password).startsWith(reply);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aUserLogsInAndSendsAnywhereAsItself() throws Exception {
        add("alice", "correct horse");
        try (TestServer server = server().start();
                SmtpTestClient client = client(server)) {
            assertTrue(client.say("MAIL FROM:<alice@local.test>").startsWith("530 5.7.0 "));
            assertTrue(login(client, "alice@local.test", "correct horse").startsWith("235 2.7.0 "));
            assertTrue(client.say("MAIL FROM:<bob@local.test>").startsWith("553 5.7.1 "));
            assertTrue(client.say("MAIL FROM:<alice+news@local.test>").startsWith("250 "));
            assertTrue(client.say("RCPT TO:<bob@local.test>").startsWith("250 "));
        }
    }

    @Test
    void theLogNamesTheUserAndNoPassword() throws Exception {
        add("alice", "correct horse");
        Logger mail = (Logger) LoggerFactory.getLogger("mail");
        mail.setLevel(Level.INFO);
        try (LoggedLines log = new LoggedLines();
                TestServer server = server().start();
                SmtpTestClient client = client(server)) {
            login(client, "alice", "hunter2-secret");
            login(client, "alice", "correct horse");
            String all = String.join("\n", log.all());
            assertTrue(
                    all.contains("login-failed user=alice client=127.0.0.1 role=submission mechanism=PLAIN"
                            + " reason=credentials"),
                    all);
            assertTrue(all.contains("login user=alice client=127.0.0.1"), all);
            assertFalse(all.contains("hunter2"), all);
            assertFalse(all.contains("correct horse"), all);
        } finally {
            mail.setLevel(null);
        }
    }

    @Test
    void aDisabledUserLosesItsSessionsAndCannotComeBack() throws Exception {
        add("alice", "correct horse");
        try (TestServer server = server().start();
                SmtpTestClient client = client(server)) {
            assertTrue(login(client, "alice", "correct horse").startsWith("235 "));
            assertEquals(0, user("", "disable", "alice").code());
            assertTrue(client.reply().startsWith("421 4.7.0 "));
            awaitLogin(server, "alice", "correct horse", "535 5.7.8 ");

            assertEquals(0, user("", "enable", "alice").code());
            awaitLogin(server, "alice", "correct horse", "235 ");
        }
    }

    @Test
    void anApplicationPasswordIsShownOnceAndEndsAlone() throws Exception {
        add("alice", "correct horse");
        OperatorCli.Did made =
                user("", "app-password", "add", "alice", "--label", "printer", "--senders", "scan@local.test");
        assertEquals(0, made.code(), made.toString());
        String password = made.out().strip();
        Path senders = folder.resolve("senders");
        Files.writeString(senders, "alice: scan@local.test\n");
        try (TestServer server = server().start();
                SmtpTestClient printer = client(server);
                SmtpTestClient alice = client(server)) {
            assertTrue(login(printer, "alice", password).startsWith("235 "));
            assertTrue(login(alice, "alice", "correct horse").startsWith("235 "));
            assertTrue(printer.say("MAIL FROM:<alice@local.test>").startsWith("553 5.7.1 "));
            assertTrue(printer.say("MAIL FROM:<scan@local.test>").startsWith("250 "));
            assertEquals(
                    "printer senders=scan@local.test",
                    user("", "app-password", "list", "alice").out().strip());

            assertEquals(
                    0,
                    user("", "app-password", "remove", "alice", "--label", "printer")
                            .code());
            assertTrue(printer.reply().startsWith("421 4.7.0 "));
            assertTrue(alice.say("NOOP").startsWith("250 "));
        }
        assertFalse(Files.readString(folder.resolve("credentials")).contains(password));
    }

    @Test
    void theAuthorIsOneOfTheUsersAddresses() throws Exception {
        add("alice", "correct horse");
        Files.writeString(folder.resolve("senders"), "alice: info@shop.test\n");
        try (TestServer server = server().start();
                SmtpTestClient client = client(server)) {
            assertTrue(login(client, "alice", "correct horse").startsWith("235 "));
            assertEquals("250 ", written(client, "alice@local.test", "From: info@shop.test\r\n"));
            assertEquals("250 ", written(client, "info@shop.test", "From: Alice <alice@local.test>\r\n"));
            assertEquals("550 5.7.1 ", written(client, "alice@local.test", "From: bob@shop.test\r\n"));
            assertEquals("550 5.7.1 ", written(client, "info@shop.test", "From: info@shop.test, bob@shop.test\r\n"));
            assertEquals(
                    "250 ", written(client, "alice@local.test", "From: bob@shop.test\r\nSender: info@shop.test\r\n"));
        }
    }

    private static String written(SmtpTestClient client, String sender, String header) throws Exception {
        String reply = client.send("<" + sender + ">", List.of("<alice@local.test>"), header + SmtpTestClient.HELLO);
        return reply.startsWith("250 ") ? "250 " : reply.substring(0, Math.min(10, reply.length()));
    }

    @Test
    void usersAreAddedWhileTheServerRuns() throws Exception {
        try (TestServer server = server().start()) {
            awaitLogin(server, "alice", "correct horse", "502 5.5.1 ");
            add("alice", "correct horse");
            awaitLogin(server, "alice", "correct horse", "235 ");
        }
        assertEquals(
                List.of("alice"),
                user("", "list").out().lines().map(line -> line.split(" ")[0]).toList());
        assertTrue(
                user("", "list").out().contains("last-used="), user("", "list").out());
    }

    @Test
    void guessesEndTheSessionAndThenAreNotLookedAt() throws Exception {
        add("alice", "correct horse");
        try (TestServer server = server().set("auth.max-failures-per-user", "2").start()) {
            for (int i = 0; i < 2; i++) {
                try (SmtpTestClient client = client(server)) {
                    assertTrue(login(client, "alice", "guess" + i).startsWith("535 "));
                }
            }
            try (SmtpTestClient client = client(server)) {
                assertTrue(login(client, "alice", "correct horse").startsWith("454 4.7.0 "));
            }
        }
    }

    @Test
    void aRouteDecides() throws Exception {
        new OwnRoutes(folder).write("authenticate", """
                - route:
                    id: authenticate
                    from:
                      uri: direct:authenticate
                      steps:
                        - choice:
                            when:
                              - expression:
                                  simple:
                                    expression: "${header.user} == 'away'"
                                steps:
                                  - bean:
                                      ref: login
                                      method: defer
                              - expression:
                                  simple:
                                    expression: "${body.password} == 'open sesame'"
                                steps:
                                  - bean:
                                      ref: login
                                      method: accept
                """);
        try (TestServer server = server().set("auth.sources", "route").start();
                SmtpTestClient client = client(server)) {
            assertTrue(login(client, "away", "x").startsWith("454 4.7.0 "));
            assertTrue(login(client, "ali", "closed").startsWith("535 5.7.8 "));
            assertTrue(login(client, "ali", "open sesame").startsWith("235 "));
            assertTrue(client.say("MAIL FROM:<ali@local.test>").startsWith("250 "));
        }
    }
}
