package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several recipients in one mail: what becomes of one never repeats or loses another. */
@RunningServer(peerOffers = {"PIPELINING", "ENHANCEDSTATUSCODES"})
class RecipientsJourneyTest {
    private static final MovingClock CLOCK = MovingClock.now();
    private static final String RETRY = "mail.retry.15m";

    private static final FakeDns DNS = new FakeDns();

    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void settlesEachRecipientOfADomainByItself() throws Exception {
        peer.reply("RCPT TO:<busy@far.test>", "450 4.2.2 mailbox full");
        peer.reply("RCPT TO:<gone@far.test>", "550 5.1.1 no such user");
        node.send("<alice@local.test>", "<ok@far.test>", "<busy@far.test>", "<gone@far.test>");
        ReadDsn bounce = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals(1, bounce.recipients().size());
        assertEquals("rfc822; gone@far.test", bounce.field("Final-Recipient"));
        assertEquals("5.1.1", bounce.field("Status"));
        assertEquals("smtp; 550 5.1.1 no such user (in reply to RCPT TO)", bounce.field("Diagnostic-Code"));
        assertEquals(List.of("RCPT TO:<ok@far.test>"), peer.taken().get(0).recipients());
        Await.until("one waits", () -> node.depth(RETRY) == 1);
        List<QueueItem> waiting = node.items(RETRY);
        assertEquals(1, waiting.get(0).recipients().size());
        assertEquals("busy@far.test", waiting.get(0).recipients().get(0).path().address());

        peer.forget("RCPT TO:<busy@far.test>");
        CLOCK.advance(Duration.ofMinutes(15));
        assertEquals(1, node.node().tick());
        Await.until("the second is taken", () -> peer.taken().size() == 2);
        node.awaitQuiet();
        assertEquals(List.of("RCPT TO:<busy@far.test>"), peer.taken().get(1).recipients());
        assertEquals(1, peer.heard("RCPT TO:<ok@far.test>"));
        assertEquals(1, peer.heard("RCPT TO:<gone@far.test>"));
        assertEquals(2, peer.heard("RCPT TO:<busy@far.test>"));
        assertEquals(1, node.mailbox("alice").size());
        assertEquals(0, node.depth(RETRY));
    }

    @Test
    void defersAllWhenTheContentIsPutOff() throws Exception {
        peer.reply(".", "451 4.3.0 disk trouble");
        node.send("<alice@local.test>", "<one@far.test>", "<two@far.test>");
        Await.until("both wait", () -> node.depth(RETRY) == 1);
        assertEquals(2, node.items(RETRY).get(0).recipients().size());
        peer.forget(".");
        CLOCK.advance(Duration.ofMinutes(15));
        node.node().tick();
        Await.until("taken", () -> peer.taken().size() == 1);
        assertEquals(2, peer.taken().get(0).recipients().size());
    }

    @Test
    void sendsOneCopyToEachDomainAndToLocalUsers() throws Exception {
        node.send(
                "<alice@local.test>",
                "<a@far.test>",
                "<bob@local.test>",
                "<b@near.test>",
                "<c@far.test>",
                "<carol@local.test>");
        Await.until("two copies go out", () -> peer.taken().size() == 2);
        assertEquals(1, node.mailbox("bob", 1).size());
        assertEquals(1, node.mailbox("carol", 1).size());
        node.awaitQuiet();
        assertEquals(
                List.of("RCPT TO:<a@far.test>", "RCPT TO:<c@far.test>"),
                peer.takenFor("a@far.test").get(0).recipients());
        assertEquals(
                List.of("RCPT TO:<b@near.test>"),
                peer.takenFor("b@near.test").get(0).recipients());
        assertTrue(node.mailbox("bob").get(0).contains("Delivered-To: bob@local.test\n"));
        assertTrue(node.mailbox("alice").isEmpty());
    }

    @Test
    void defersOneDomainWithoutHoldingBackAnother() throws Exception {
        peer.reply("RCPT TO:<a@far.test>", "421 4.3.2 closing down");
        node.send("<alice@local.test>", "<a@far.test>", "<b@near.test>", "<bob@local.test>");
        Await.until("the other domain has it", () -> peer.taken().size() == 1);
        assertEquals(1, node.mailbox("bob", 1).size());
        Await.until("one waits", () -> node.depth(RETRY) == 1);
        assertEquals("far.test", node.items(RETRY).get(0).nextHop().destination());
    }

    @Test
    void namesAllThatFailedTogetherInOneReport() throws Exception {
        peer.reply("RCPT", "550 5.7.1 not from you");
        node.send("<alice@local.test>", "<a@far.test>", "<b@far.test>");
        ReadDsn bounce = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals(2, bounce.recipients().size());
        node.awaitQuiet();
        assertEquals(1, node.depth("mail.bounced"));
    }
}
