package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What senders hear when they asked for it (RFC 3461 §4), with the settings as they come. Each test has a sender. */
@RunningServer(
        users = "alice\na\nb\nc\nd\ne\nf\ng\nh\n",
        peerOffers = {"PIPELINING", "DSN"})
class ConfirmationJourneyTest {
    private static final String CONTENT = "Subject: x\r\nX-Mark: in the header\r\n\r\nin the body\r\n";

    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void confirmsDeliveryIntoAMailbox() throws Exception {
        node.send(
                "<a@local.test> ENVID=QQ+2B314",
                List.of("<alice@local.test> NOTIFY=SUCCESS ORCPT=rfc822;al+2Bx@old.test"),
                CONTENT);
        ReadDsn dsn = ReadDsn.of(node.mailbox("a", 1).get(0));
        assertEquals("delivered", dsn.field("Action"));
        assertEquals("2.0.0", dsn.field("Status"));
        assertEquals("rfc822; alice@local.test", dsn.field("Final-Recipient"));
        assertEquals("rfc822; al+x@old.test", dsn.field("Original-Recipient"));
        assertEquals("QQ+314", dsn.mailField("Original-Envelope-Id"));
        assertFalse(dsn.returned().contains("in the body"), dsn.returned());
        assertTrue(dsn.returned().contains("X-Mark: in the header"), dsn.returned());
    }

    @Test
    void handsTheWishToAPeerThatKnowsDsnAndIsSilent() throws Exception {
        node.send(
                "<b@local.test> RET=HDRS ENVID=E1",
                List.of("<x@far.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x@old.test"),
                CONTENT);
        Await.until("taken", () -> peer.takenFor("x@far.test").size() == 1);
        node.awaitQuiet();
        FakeMailHost.Taken taken = peer.takenFor("x@far.test").get(0);
        assertTrue(taken.mail().contains(" RET=HDRS") && taken.mail().contains(" ENVID=E1"), taken.mail());
        String rcpt = taken.recipients().get(0);
        assertTrue(rcpt.contains("NOTIFY=SUCCESS,DELAY"), rcpt);
        assertTrue(rcpt.contains("ORCPT=rfc822;x@old.test"), rcpt);
        assertEquals(List.of(), node.mailbox("b"));
    }

    @Test
    void saysNothingWhenNobodyAsked() throws Exception {
        node.send("<c@local.test>", List.of("<quiet@far.test>"), CONTENT);
        node.send("<c@local.test>", List.of("<alice@local.test>"), CONTENT);
        Await.until("taken", () -> peer.takenFor("quiet@far.test").size() == 1);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("c"));
    }

    @Test
    void saysNothingOfFailureWhenToldNever() throws Exception {
        peer.reply("RCPT TO:<never@far.test>", "550 5.1.1 no such user");
        long before = node.depth("mail.bounced");
        node.send("<d@local.test>", List.of("<never@far.test> NOTIFY=NEVER"), CONTENT);
        Await.until("given up", () -> node.depth("mail.bounced") == before + 1);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("d"));
        assertEquals(List.of(), node.mailbox("postmaster"));
    }

    @Test
    void returnsTheHeaderWithRetHdrs() throws Exception {
        peer.reply("RCPT TO:<hdrs@far.test>", "550 5.1.1 no such user");
        node.send(
                "<e@local.test> RET=HDRS ENVID=my+20id",
                List.of("<hdrs@far.test> ORCPT=rfc822;h@old.test NOTIFY=FAILURE"),
                CONTENT);
        ReadDsn dsn = ReadDsn.of(node.mailbox("e", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("my id", dsn.mailField("Original-Envelope-Id"));
        assertEquals("rfc822; h@old.test", dsn.field("Original-Recipient"));
        assertTrue(dsn.returned().contains("X-Mark: in the header"), dsn.returned());
        assertFalse(dsn.returned().contains("in the body"), dsn.returned());
    }

    @Test
    void returnsAllWithRetFullHoweverLargeItIs() throws Exception {
        peer.reply("RCPT TO:<full@far.test>", "550 5.1.1 no such user");
        String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(30_000) + "the end\r\n";
        String reply = SmtpTestClient.sendOne(node.smtp(), "<f@local.test> RET=FULL", "<full@far.test>", large);
        assertTrue(reply.startsWith("250"), reply);
        ReadDsn dsn = ReadDsn.of(node.mailbox("f", 1).get(0));
        assertEquals(large.replace("\r\n", "\n"), dsn.returned().replace("\r\n", "\n"));
    }

    @Test
    void comesFromNobodyAndSaysThatItIsNoPerson() throws Exception {
        peer.reply("RCPT TO:<gone@far.test>", "550 5.1.1 no such user");
        node.send("<g@local.test>", List.of("<gone@far.test>"), CONTENT);
        String mail = node.mailbox("g", 1).get(0);
        assertTrue(mail.startsWith("Return-Path: <>\n"), mail);
        ReadDsn dsn = ReadDsn.of(mail);
        assertEquals("auto-replied", dsn.header().getHeader("Auto-Submitted")[0]);
        assertTrue(dsn.text().contains("<gone@far.test>"), dsn.text());
        assertTrue(dsn.text().contains("There is no such mailbox."), dsn.text());
    }
}
