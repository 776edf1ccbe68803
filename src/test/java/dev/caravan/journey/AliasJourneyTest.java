package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Addresses that stand for others. Each test has a sender. */
@RunningServer(
        users = "a\nb\nc\nd\ne\nf\nm1\nm2\nm3\n",
        aliases = """
                team: m1, m2, out@far.test
                boss: m3
                mixed: m3, gone@far.test
                both: m3, m1
                ring: ring, m2
                owner-news: m1
                news: m2, list@far.test, gone@far.test
                all: news, m3
                """,
        peerOffers = {"PIPELINING", "DSN"})
class AliasJourneyTest {
    private static FakeMailServer peer;
    private static TestServer node;

    @BeforeEach
    void refuseOne() {
        peer.reply("RCPT TO:<gone@far.test>", "550 5.1.1 no such user");
    }

    @Test
    void tellsThatAnAddressWasExpandedAndKeepsTheMembersSilent() throws Exception {
        int before = node.mailbox("m1").size();
        node.send("<a@local.test> ENVID=E7", "<team@local.test> NOTIFY=SUCCESS,FAILURE");
        ReadDsn dsn = ReadDsn.of(node.mailbox("a", 1).get(0));
        assertEquals(1, dsn.recipients().size());
        assertEquals("expanded", dsn.field("Action"));
        assertEquals("2.1.5", dsn.field("Status"));
        assertEquals("rfc822; team@local.test", dsn.field("Final-Recipient"));
        assertEquals("E7", dsn.mailField("Original-Envelope-Id"));
        assertEquals("", dsn.field("Last-Attempt-Date"));
        Await.until("the members have it", () -> node.mailbox("m1").size() == before + 1);
        Await.until(
                "the member elsewhere has it",
                () -> peer.takenFor("out@far.test").size() == 1);
        String rcpt = peer.takenFor("out@far.test").get(0).recipients().get(0);
        assertTrue(rcpt.contains("NOTIFY=FAILURE"), rcpt);
        assertTrue(rcpt.contains("ORCPT=rfc822;team@local.test"), rcpt);
        node.awaitQuiet();
        assertEquals(1, node.mailbox("a").size());
    }

    @Test
    void saysNothingOfAnExpansionNobodyAskedAbout() throws Exception {
        int before = node.mailbox("m3").size();
        node.send("<b@local.test>", "<both@local.test>");
        Await.until("the members have it", () -> node.mailbox("m3").size() == before + 1);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("b"));
    }

    @Test
    void confirmsTheOneBehindAnAliasAsTheRecipient() throws Exception {
        node.send("<c@local.test>", "<boss@local.test> NOTIFY=SUCCESS");
        ReadDsn dsn = ReadDsn.of(node.mailbox("c", 1).get(0));
        assertEquals("delivered", dsn.field("Action"));
        assertEquals("rfc822; m3@local.test", dsn.field("Final-Recipient"));
        assertEquals("rfc822; boss@local.test", dsn.field("Original-Recipient"));
    }

    @Test
    void returnsOnlyTheMemberThatFailed() throws Exception {
        int before = node.mailbox("m3").size();
        node.send("<d@local.test>", "<mixed@local.test>");
        ReadDsn dsn = ReadDsn.of(node.mailbox("d", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("rfc822; gone@far.test", dsn.field("Final-Recipient"));
        assertEquals("rfc822; mixed@local.test", dsn.field("Original-Recipient"));
        Await.until("the other member has it", () -> node.mailbox("m3").size() == before + 1);
    }

    @Test
    void tellsNobodyBehindTheNullReversePath() throws Exception {
        int before = node.mailbox("m3").size();
        node.send("<>", "<both@local.test> NOTIFY=SUCCESS");
        Await.until("the members have it", () -> node.mailbox("m3").size() == before + 1);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("postmaster"));
    }

    @Test
    void storesTheNotificationWithTheMail() throws Exception {
        // Delivery stands still, so that what one transaction stored can be seen.
        node.node().camel().getRouteController().stopRoute("deliver-local");
        try {
            node.send("<e@local.test>", "<both@local.test> NOTIFY=SUCCESS");
            List<QueueItem> items = node.items("mail.deliver.local");
            assertEquals(2, items.size());
            assertTrue(items.get(1).mail().envelope().reversePath().isNull());
        } finally {
            node.node().camel().getRouteController().startRoute("deliver-local");
        }
        assertEquals("expanded", ReadDsn.of(node.mailbox("e", 1).get(0)).field("Action"));
    }

    @Test
    void sendsMailOfAListInTheNameOfItsOwner() throws Exception {
        int owners = node.mailbox("m1").size();
        int members = node.mailbox("m2").size();
        int others = node.mailbox("m3").size();
        node.send("<f@local.test> RET=FULL ENVID=E8", "<all@local.test> NOTIFY=NEVER");
        Await.until(
                "the owner hears of the member that is gone",
                () -> node.mailbox("m1").size() == owners + 1);
        ReadDsn dsn = ReadDsn.of(node.mailbox("m1").get(owners));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("rfc822; gone@far.test", dsn.field("Final-Recipient"));
        Await.until("the members have it", () -> node.mailbox("m2").size() == members + 1);
        assertTrue(node.mailbox("m2").get(members).startsWith("Return-Path: <owner-news@local.test>"));
        Await.until("the others too", () -> node.mailbox("m3").size() == others + 1);
        assertTrue(node.mailbox("m3").get(others).startsWith("Return-Path: <f@local.test>"));
        assertEquals(1, peer.takenFor("list@far.test").size());
        String content = peer.takenFor("list@far.test").get(0).toString();
        assertTrue(content.contains("owner-news@local.test"), content);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("f"));
    }
}
