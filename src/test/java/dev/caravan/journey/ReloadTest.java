package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is changed in route files and settings counts while the server runs, and what is broken does not. */
@Tag("server")
class ReloadTest {
    private static final String BOB = "${header.recipient} == 'bob@local.test'";
    private static final String SAYS_NO = "refuse('5.7.1', 'not today')";
    private static final String NO = "550 5.7.1 not today";

    @TempDir
    Path folder;

    private OwnRoutes routes;

    @BeforeEach
    void copy() throws Exception {
        routes = new OwnRoutes(folder);
    }

    @Test
    void answersTheNextRecipientOfASessionByTheNewRule() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            assertYes(talk.say("RCPT TO:<bob@local.test>"));
            routes.addRecipientRule(BOB, SAYS_NO);
            assertEquals(List.of(), node.node().reload(), "a file that may still be written is left alone");
            assertYes(talk.say("RCPT TO:<bob@local.test>"));
            assertEquals(List.of(), node.node().reload());
            talk.say("RSET");
            talk.say("MAIL FROM:<x@far.test>");
            assertEquals(NO, talk.say("RCPT TO:<bob@local.test>"));
            assertYes(talk.say("RCPT TO:<alice@local.test>"));
            assertTrue(talk.say("DATA").startsWith("354"));
            talk.raw("Subject: x\r\n\r\nhello\r\n");
            assertYes(talk.say("."));
            assertTrue(node.mailbox("alice", 1).get(0).endsWith("hello\n"));

            routes.edit("policy", SAYS_NO, "defer('4.7.1', 'later')");
            reload(node);
            talk.say("MAIL FROM:<x@far.test>");
            assertEquals("451 4.7.1 later", talk.say("RCPT TO:<bob@local.test>"));
        }
    }

    @Test
    void looksByItselfEachSecond() throws Exception {
        try (TestServer node = new TestServer(folder).ticking().start()) {
            routes.addRecipientRule(BOB, SAYS_NO);
            Await.until("the rule counts", () -> {
                try (SmtpTestClient talk = begun(node)) {
                    return talk.say("RCPT TO:<bob@local.test>").equals(NO);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void refusesABrokenFileOnceAndGoesOnWithTheOldRoutes() throws Exception {
        routes.addRecipientRule(BOB, SAYS_NO);
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            routes.edit("policy", "ref: recipientCheck", "ref: recipientChek");
            List<String> problems = reload(node);
            assertEquals(1, problems.size(), problems.toString());
            String place = routes.file("policy") + ":" + routes.lineOf("policy", "recipientChek") + ": ";
            assertTrue(problems.get(0).startsWith(place), problems.toString());
            assertEquals(List.of(), reload(node), "it is told once");
            assertEquals(NO, talk.say("RCPT TO:<bob@local.test>"));
            assertYes(talk.say("RCPT TO:<alice@local.test>"));

            routes.edit("policy", "            ref: recipientChek\n", "          ref: [\n");
            assertTrue(reload(node).get(0).startsWith(routes.file("policy") + ":"));
            assertEquals(NO, talk.say("RCPT TO:<bob@local.test>"));

            routes.edit("policy", "          ref: [\n", "            ref: recipientCheck\n")
                    .edit("policy", "not today", "never");
            assertEquals(List.of(), reload(node));
            assertEquals("550 5.7.1 never", talk.say("RCPT TO:<bob@local.test>"));
        }
    }

    @Test
    void refusesArgumentsThatNoMessagePassesAndFilesThatSayNothing() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            routes.addRecipientRule(BOB, "refuse('550', 'x')");
            List<String> problems = reload(node);
            String place = routes.file("policy") + ":" + routes.lineOf("policy", "refuse('550', 'x')") + ": ";
            assertTrue(problems.size() == 1 && problems.get(0).startsWith(place), problems.toString());
            assertYes(talk.say("RCPT TO:<bob@local.test>"));
            routes.edit("policy", "refuse('550', 'x')", SAYS_NO).write("own", "route:\n  id: own\n");
            problems = reload(node);
            place = routes.file("own") + ":1: the file is a map";
            assertTrue(problems.size() == 1 && problems.get(0).startsWith(place), problems.toString());
            routes.remove("own");
            routes.write(".#own", "no: route");
            assertEquals(List.of(), reload(node));
            try (SmtpTestClient other = begun(node)) {
                assertEquals(NO, other.say("RCPT TO:<bob@local.test>"));
            }
        }
    }

    @Test
    void doesNotStartWithAFileThatSaysNothing() throws Exception {
        routes.write("own", "route:\n  id: own\n");
        TestServer node = new TestServer(folder);
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, node::start).getMessage());
        assertTrue(message.startsWith(routes.file("own") + ":1: the file is a map"), message);
    }

    @Test
    void takesNewFilesAndLetsOldOnesGo() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            routes.write("own", OWN)
                    .edit(
                            "policy",
                            "        - process:\n            ref: recipientCheck\n",
                            "        - to: direct:own\n");
            assertEquals(List.of(), reload(node));
            assertEquals(NO, talk.say("RCPT TO:<alice@local.test>"));

            routes.remove("own");
            List<String> problems = reload(node);
            assertTrue(problems.get(0).startsWith(routes.file("policy") + ":"), problems.toString());
            assertEquals(NO, talk.say("RCPT TO:<alice@local.test>"), "who is still called stays");

            routes.edit(
                    "policy", "        - to: direct:own\n", "        - process:\n            ref: recipientCheck\n");
            assertEquals(List.of(), reload(node));
            assertYes(talk.say("RCPT TO:<alice@local.test>"));
            Await.until("the old routes are gone", () -> {
                assertEquals(List.of(), node.node().reload());
                return node.node().camel().getRoutes().stream()
                        .noneMatch(route -> route.getId().startsWith("own"));
            });
        }
    }

    @Test
    void refusesASecondRouteForATransportWhenItStartsAndWhileItRuns() throws Exception {
        routes.write("first", archive("first", "one"));
        try (TestServer node = new TestServer(folder).start()) {
            routes.write("second", archive("second", "two"));
            List<String> problems = reload(node);
            assertEquals(1, problems.size(), problems.toString());
            assertTrue(problems.get(0).startsWith(routes.file("second") + ":"), problems.toString());
            assertTrue(problems.get(0).endsWith(TAKEN), problems.toString());
            routes.remove("first");
            assertEquals(List.of(), reload(node), "it moved to another file");
            routes.edit("second", "two", "three");
            assertEquals(List.of(), reload(node), "a route replaces itself");
        }
        routes.write("first", archive("first", "one"));
        TestServer node = new TestServer(folder);
        StringBuilder words = new StringBuilder();
        for (Throwable cause = assertThrows(Exception.class, node::start); cause != null; cause = cause.getCause()) {
            words.append(cause.getMessage()).append('\n');
        }
        assertTrue(words.toString().contains(routes.file("second") + ":"), words.toString());
        assertTrue(words.toString().contains(TAKEN), words.toString());
    }

    private static final String TAKEN = "deliver:archive is the beginning of another route already, first"
            + " (expected: one route for each transport)";

    private static String archive(String id, String word) {
        return "- route:\n    id: " + id + "\n    from:\n      uri: deliver:archive\n      steps:\n        - log: \""
                + word + "\"\n";
    }

    private static final String OWN = """
            - route:
                id: own
                routeConfigurationId: receive-failures
                from:
                  uri: direct:own
                  steps:
                    - bean:
                        ref: rule
                        method: "refuse('5.7.1', 'not today')"
            """;

    @Test
    void replacesTheStepsOfTheListenerAndKeepsItsSessions() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            routes.edit(
                            "receive-smtp",
                            "                  - to:\n                      uri: direct:check-recipient\n",
                            CHOICE)
                    .edit(
                            "receive-smtp",
                            "{{smtp.listen}}\n",
                            "{{smtp.listen}}\n      parameters:\n        backlog: 512\n");
            assertEquals(List.of(), reload(node));
            assertEquals(NO, talk.say("RCPT TO:<alice@local.test>"));
            try (SmtpTestClient other = begun(node)) {
                assertEquals(NO, other.say("RCPT TO:<alice@local.test>"));
            }
            routes.remove("receive-smtp");
            assertEquals(List.of(), reload(node));
            assertEquals(NO, talk.say("RCPT TO:<alice@local.test>"), "a listener goes on until a restart");
        }
    }

    private static final String CHOICE = """
                              - bean:
                                  ref: rule
                                  method: "refuse('5.7.1', 'not today')"
            """;

    @Test
    void makesAllRoutesAnewWhenTheRulesForFailuresChange() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            assertYes(SmtpTestClient.sendOne(
                    node.smtp(), "<x@far.test>", "<alice@local.test>", "Subject: 1\r\n\r\none\r\n"));
            node.mailbox("alice", 1);
            routes.edit("failures", "# What happens", "# Now, what happens");
            assertEquals(List.of(), reload(node));
            assertYes(SmtpTestClient.sendOne(
                    node.smtp(), "<x@far.test>", "<alice@local.test>", "Subject: 2\r\n\r\ntwo\r\n"));
            node.mailbox("alice", 2);
        }
    }

    @Test
    void aRuleThatWaitsNoLongerHoldsUpOthersOnceItIsRead() throws Exception {
        int sessions = 2 * Runtime.getRuntime().availableProcessors() + 1;
        List<SmtpTestClient> waiting = new ArrayList<>();
        try (TestServer node = new TestServer(folder).start()) {
            routes.edit(
                    "policy",
                    "        - process:\n            ref: recipientCheck\n",
                    "        - filter:\n            simple: \"" + BOB + "\"\n            steps:\n"
                            + "              - bean:\n                  beanType: " + Slow.class.getName()
                            + "\n                  method: answer\n"
                            + "        - process:\n            ref: recipientCheck\n");
            assertEquals(List.of(), reload(node));
            for (int i = 0; i < sessions; i++) {
                SmtpTestClient talk = begun(node);
                talk.raw("RCPT TO:<bob@local.test>\r\n");
                waiting.add(talk);
            }
            try (SmtpTestClient quick = begun(node)) {
                assertYes(quick.say("RCPT TO:<alice@local.test>"));
            }
            Slow.MAY_ANSWER.countDown();
            for (SmtpTestClient talk : waiting) {
                assertYes(talk.reply());
                talk.close();
            }
        }
    }

    /** A rule that asks somebody who takes his time. */
    public static final class Slow {
        static final CountDownLatch MAY_ANSWER = new CountDownLatch(1);

        public void answer() throws InterruptedException {
            MAY_ANSWER.await();
        }
    }

    @Test
    void keepsTheOldRoutesWhenANewOneCannotBegin() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                SmtpTestClient talk = begun(node)) {
            String taken = node.node().listeners().toString();
            routes.addRecipientRule(BOB, SAYS_NO).write("second", """
                    - route:
                        id: second
                        from:
                          uri: netty:tcp://%s
                          steps:
                            - log: "never"
                    """.formatted(taken));
            List<String> problems = reload(node);
            assertEquals(1, problems.size(), problems.toString());
            assertTrue(problems.get(0).contains("route second: "), problems.toString());
            assertYes(talk.say("RCPT TO:<bob@local.test>"));
            talk.say("RSET");
            assertYes(SmtpTestClient.sendOne(
                    node.smtp(), "<x@far.test>", "<alice@local.test>", "Subject: 1\r\n\r\none\r\n"));
            node.mailbox("alice", 1);

            routes.remove("second");
            assertEquals(List.of(), reload(node));
            talk.say("MAIL FROM:<x@far.test>");
            assertEquals(NO, talk.say("RCPT TO:<bob@local.test>"));
        }
    }

    private static SmtpTestClient begun(TestServer node) throws Exception {
        SmtpTestClient talk = new SmtpTestClient(node.smtp());
        talk.say("EHLO client.test");
        assertYes(talk.say("MAIL FROM:<x@far.test>"));
        return talk;
    }

    /** Two looks, as at a file that was changed a while ago. */
    static List<String> reload(TestServer node) {
        assertEquals(List.of(), node.node().reload());
        return node.node().reload();
    }

    private static void assertYes(String reply) {
        assertTrue(reply.startsWith("250"), reply);
    }
}
