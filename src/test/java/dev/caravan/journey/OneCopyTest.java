package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A message that reaches a mailbox in several ways is there once, and each address has its own report. */
@RunningServer(
        settings = "mail.local-domains=local.test, second.test",
        users = "alice\ns\n",
        aliases = "info: alice\nsales: alice\nfar: x@far.test\ngone: nobody\n",
        peerOffers = {"PIPELINING", "DSN"})
class OneCopyTest {
    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void isOneCopyForOneMailbox() throws Exception {
        node.send(
                "<s@local.test>",
                "<alice@local.test>",
                "<ALICE@local.test>",
                "<\"alice\"@local.test>",
                "<info@local.test>",
                "<alice@second.test>");
        node.awaitQuiet();
        assertEquals(1, node.mailbox("alice", 1).size());
    }

    @Test
    void isACopyOfItsOwnForAnAddressWithADetail() throws Exception {
        node.send("<s@local.test>", "<alice@local.test>", "<alice+x@local.test>", "<Alice+X@local.test>");
        node.awaitQuiet();
        assertEquals(2, node.mailbox("alice", 2).size());
    }

    @Test
    void reportsOnEachAddress() throws Exception {
        node.send(
                "<s@local.test>",
                "<alice@local.test> NOTIFY=SUCCESS ORCPT=rfc822;one@x.test",
                "<ALICE@local.test> NOTIFY=NEVER",
                "<info@local.test> NOTIFY=SUCCESS ORCPT=rfc822;two@x.test",
                "<sales@local.test> NOTIFY=FAILURE ORCPT=rfc822;three@x.test");
        assertEquals(1, node.mailbox("alice", 1).size());
        List<String> reports = node.mailbox("s", 2);
        assertEquals(
                List.of("rfc822; one@x.test", "rfc822; two@x.test"),
                reports.stream()
                        .map(report -> ReadDsn.of(report).field("Original-Recipient"))
                        .sorted()
                        .toList());
        node.awaitQuiet();
        assertEquals(1, node.mailbox("alice").size());
        assertEquals(2, node.mailbox("s").size());
    }

    @Test
    void sendsElsewhereOneCopyWithAllWishes() throws Exception {
        node.send("<s@local.test>", "<x@far.test> NOTIFY=NEVER", "<far@local.test> NOTIFY=FAILURE");
        Await.until("it is sent", () -> peer.taken().size() == 1);
        assertEquals(1, peer.taken().get(0).recipients().size());
        assertTrue(peer.taken().get(0).recipients().get(0).contains("NOTIFY=FAILURE"));
    }
}
