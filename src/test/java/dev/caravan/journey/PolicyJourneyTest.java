package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.MxAnswer;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import org.junit.jupiter.api.Test;

/** What the rules that come with the server say to a client. */
@RunningServer(aliases = "team: bob, carol\n")
class PolicyJourneyTest {
    private static final FakeDns DNS = new FakeDns()
            .answer("nowhere.test", new MxAnswer.NoSuchDomain())
            .answer("null.test", new MxAnswer.NullMx())
            .answer("bare.test", new MxAnswer.NoMail())
            .answer("broken.test", new MxAnswer.TemporaryFailure("SERVFAIL"));

    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void refusesUnknownLocalUsers() throws Exception {
        assertRefused("550 5.1.1 ", "<nobody@local.test>");
        assertRefused("550 5.1.1 ", "<nobody@LOCAL.test>");
    }

    @Test
    void takesMailForUsersAliasesAndThePostmaster() throws Exception {
        assertTaken("<alice@local.test>");
        assertTaken("<ALICE@Local.Test>");
        assertTaken("<team@local.test>");
        assertTaken("<postmaster@local.test>");
        assertTaken("<Postmaster>");
    }

    @Test
    void refusesDomainsThatDoNotExist() throws Exception {
        assertRefused("550 5.1.2 ", "<a@nowhere.test>");
        assertRefused("550 5.1.2 ", "<a@bare.test>");
    }

    @Test
    void refusesDomainsThatTakeNoMail() throws Exception {
        assertRefused("550 5.1.10 ", "<a@null.test>");
    }

    @Test
    void takesMailWhenTheDnsIsInTroubleAndKeepsIt() throws Exception {
        String reply = SmtpTestClient.sendOne(
                node.smtp(), "<alice@local.test>", "<a@broken.test>", "Subject: x\r\n\r\nhello\r\n");
        assertTrue(reply.startsWith("250"), reply);
        Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
        assertTrue(node.items("mail.retry.15m")
                .get(0)
                .progress()
                .log()
                .get(0)
                .reply()
                .contains("SERVFAIL"));
    }

    @Test
    void refusesOneRecipientAndTakesTheOthers() throws Exception {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<x@far.test>");
            assertTrue(talk.say("RCPT TO:<nobody@local.test>").startsWith("550"));
            assertTrue(talk.say("RCPT TO:<carol@local.test>").startsWith("250"));
            assertTrue(talk.say("DATA").startsWith("354"));
            talk.raw("Subject: x\r\n\r\nhello\r\n");
            assertTrue(talk.say(".").startsWith("250"));
        }
        assertEquals(1, node.mailbox("carol", 1).size());
    }

    @Test
    void refusesMailThatGoesRoundInACircle() throws Exception {
        String hop = "Received: from a by b; Sat, 31 Jan 2026 10:15:30 +0000\r\n";
        String rest = "Subject: x\r\n\r\nReceived: in the body\r\n";
        String reply = SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<bob@local.test>", hop.repeat(31) + rest);
        assertTrue(reply.startsWith("554 5.4.6 "), reply);
        reply = SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<bob@local.test>", hop.repeat(30) + rest);
        assertTrue(reply.startsWith("250 "), reply);
        assertEquals(1, node.mailbox("bob", 1).size());
    }

    private static void assertRefused(String reply, String to) throws Exception {
        String got = rcpt(to);
        assertTrue(got.startsWith(reply), got);
    }

    private static void assertTaken(String to) throws Exception {
        String got = rcpt(to);
        assertTrue(got.startsWith("250 2.1.5 "), got);
    }

    private static String rcpt(String to) throws Exception {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<x@far.test>");
            return talk.say("RCPT TO:" + to);
        }
    }
}
