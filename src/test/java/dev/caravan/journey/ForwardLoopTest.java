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
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Aliases that send a message to another server, which sends it back. Each test has users of its own. */
@RunningServer(
        settings = "mail.local-domains=local.test, second.test",
        users = "alice\nbob\ncarol\ndave\nerin\ns\n",
        aliases = """
                alice: alice, alice@far.test
                team: t1@far.test, t2@far.test
                outer: inner, o@far.test
                inner: i@far.test, carol
                away: away@far.test
                postmaster: admin@far.test
                pair: p@far.test
                other: p@far.test, q@far.test
                list: dave, member@far.test
                member: member@far.test
                owner-owned: bob
                owned: t3@far.test, t4@far.test
                """)
class ForwardLoopTest {
    private static final String CONTENT = "From: s@out.test\r\nMessage-ID: <1@out.test>\r\nSubject: x\r\n\r\nhello\r\n";
    /** More than this is a flood. */
    private static final int FLOOD = 60;

    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void givesOneCopyToAUserWhoseOtherMailboxSendsAllBack() throws Exception {
        node.send("<s@out.test>", List.of("<alice@local.test>"), CONTENT);
        int sent = bounceBack(to -> to.replace("far.test", "local.test"), "s@out.test", UnaryOperator.identity());
        assertEquals(1, sent);
        assertEquals(1, node.mailbox("alice").size());
        assertEquals(1, peer.taken().size(), "nobody is told of a failure, and nothing is sent a second time");
        assertEquals(0, node.depth("mail.bounced"));
    }

    @Test
    void endsBetweenTwoServersOfThisKind() throws Exception {
        node.send("<s@out.test>", List.of("<alice@local.test>"), CONTENT);
        bounceBack(
                to -> "alice@local.test",
                "s@out.test",
                content -> "X-Caravan-Forwarded: alice@far.test from=<s@out.test> resent=0 stored\r\n" + content);
        assertEquals(1, node.mailbox("alice").size());
        assertEquals(1, peer.taken().size());
    }

    @Test
    void endsWhereAllMembersOfAListWithAnOwnerSendBack() throws Exception {
        node.send("<s@out.test>", List.of("<owned@local.test>"), CONTENT);
        int sent = bounceBack(to -> "owned@local.test", "owner-owned@local.test", UnaryOperator.identity());
        assertEquals(1, sent, "what comes back is not sent on again");
    }

    @Test
    void endsWhereAllMembersSendBack() throws Exception {
        node.send("<s@out.test>", List.of("<team@local.test>"), CONTENT);
        List<String> replies = new ArrayList<>();
        bounceBack(to -> "team@local.test", "s@out.test", UnaryOperator.identity(), replies);
        assertEquals(1, peer.taken().size(), "both members in one transaction, once");
        assertEquals(1, replies.size());
        assertTrue(replies.get(0).startsWith("554 5.4.6 mail loop: <team@local.test>"), replies.get(0));
    }

    @Test
    void refusesWhatIsNowhereStored() throws Exception {
        node.send("<s@out.test>", List.of("<away@local.test>"), CONTENT);
        List<String> replies = new ArrayList<>();
        bounceBack(to -> to.replace("far.test", "local.test"), "s@out.test", UnaryOperator.identity(), replies);
        assertTrue(replies.get(0).startsWith("554 5.4.6"), replies.toString());
        assertEquals(1, peer.taken().size());
    }

    @Test
    void returnsALoopOfOneRecipientAmongOthers() throws Exception {
        node.send("<s@local.test>", List.of("<away@local.test>"), CONTENT);
        Await.until("it was sent on", () -> peer.taken().size() == 1);
        String content = peer.taken().get(0).content();
        node.send("<s@local.test>", List.of("<away@local.test>", "<bob@local.test>"), content);
        assertEquals(1, node.mailbox("bob", 1).size());
        ReadDsn dsn = ReadDsn.of(node.mailbox("s", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("5.4.6", dsn.field("Status"));
        assertEquals("rfc822; away@local.test", dsn.field("Final-Recipient"));
    }

    @Test
    void knowsAliasesBehindAliases() throws Exception {
        node.send("<s@out.test>", List.of("<outer@local.test>"), CONTENT);
        bounceBack(
                to -> to.startsWith("o@") ? "inner@local.test" : "outer@local.test",
                "s@out.test",
                UnaryOperator.identity());
        // The copy for o does not name the inner alias, which it was not sent on by, so that one sends it on once more.
        assertEquals(3, peer.taken().size());
        assertEquals(2, node.mailbox("carol").size());
    }

    @Test
    void sendsOnAgainWhatAPersonSendsAgain() throws Exception {
        node.send("<s@out.test>", List.of("<team@local.test>"), CONTENT);
        Await.until("it was sent on", () -> peer.taken().size() == 1);
        String got = peer.taken().get(0).content();
        String resent = "Resent-From: t1@far.test\r\nResent-Date: Mon, 23 Nov 2026 14:25:48 +0000\r\n";
        node.send("<s@out.test>", List.of("<team@local.test>"), resent + got);
        Await.until("a person's Resent field", () -> peer.taken().size() == 2);
        node.send("<t1@far.test>", List.of("<team@local.test>"), got);
        Await.until("a person's envelope", () -> peer.taken().size() == 3);
        node.send("<s@out.test>", List.of("<team@local.test>"), CONTENT);
        Await.until(
                "the same Message-ID from the first sender", () -> peer.taken().size() == 4);
    }

    @Test
    void endsWhereServersRewriteTheSenderOrClaimToResend() throws Exception {
        node.send("<s@out.test>", List.of("<team@local.test>"), CONTENT);
        bounceBack(
                to -> "team@local.test",
                "SRS0=aaaa=bb=out.test=s@far.test",
                UnaryOperator.identity(),
                new ArrayList<>());
        assertEquals(1, peer.taken().size());
        peer.clear();
        node.send("<s@out.test>", List.of("<team@local.test>"), CONTENT);
        bounceBack(
                to -> "team@local.test",
                "s@out.test",
                content -> "Resent-From: t1@far.test\r\nResent-Date: Mon, 23 Nov 2026 14:25:48 +0000\r\n" + content,
                new ArrayList<>());
        assertEquals(3, peer.taken().size());
    }

    @Test
    void takesALoopOfReportsToThePostmasterForOne() throws Exception {
        node.send("<>", List.of("<postmaster@local.test>"), CONTENT);
        List<String> replies = new ArrayList<>();
        bounceBack(to -> "postmaster@local.test", "", UnaryOperator.identity(), replies);
        assertEquals(1, peer.taken().size());
        assertTrue(replies.get(0).startsWith("554 5.4.6"), replies.toString());
    }

    @Test
    void tellsNoRecipientByWhichAliasAnotherWasReached() throws Exception {
        List<String> recipients =
                List.of("<direct@far.test>", "<pair@local.test>", "<other@local.test>", "<alice@local.test>");
        node.send("<s@out.test>", recipients, CONTENT);
        Await.until("all copies are sent", () -> peer.taken().size() == 4);
        assertEquals(List.of(), marks("direct@far.test"));
        assertEquals(List.of("pair@local.test"), marks("p@far.test"));
        assertEquals(List.of("other@local.test"), marks("q@far.test"));
        assertEquals(List.of("alice@local.test"), marks("alice@far.test"));
        assertFalse(node.mailbox("alice", 1).get(0).contains("X-Caravan-Forwarded"));
    }

    @Test
    void passesAReplyOfAMemberToTheList() throws Exception {
        node.send("<s@out.test>", List.of("<list@local.test>"), CONTENT);
        Await.until("the member has it", () -> peer.taken().size() == 1);
        node.send(
                "<member@far.test>",
                List.of("<list@local.test>"),
                "Subject: Re: x\r\nIn-Reply-To: <1@out.test>\r\n\r\nyes\r\n");
        Await.until("the member has the reply", () -> peer.taken().size() == 2);
        assertEquals(2, node.mailbox("dave", 2).size());
    }

    @Test
    void passesAListElsewhereThatHasAMemberHere() throws Exception {
        // The list at far.test got it by an alias here, and one of its members is an alias here too.
        node.send("<s@out.test>", List.of("<pair@local.test>"), CONTENT);
        Await.until("the list has it", () -> peer.taken().size() == 1);
        node.send(
                "<list-bounces@far.test>",
                List.of("<member@local.test>"),
                peer.taken().get(0).content());
        Await.until("the member has it", () -> peer.taken().size() == 2);
        assertEquals(List.of("member@local.test", "pair@local.test"), marks("member@far.test"));
    }

    private static List<String> marks(String recipient) {
        return peer.takenFor(recipient)
                .get(0)
                .content()
                .lines()
                .filter(line -> line.startsWith("X-Caravan-Forwarded: "))
                .map(line -> line.split(" ")[1])
                .toList();
    }

    private static int bounceBack(UnaryOperator<String> to, String sender, UnaryOperator<String> change)
            throws Exception {
        return bounceBack(to, sender, change, new ArrayList<>());
    }

    /** The peer sends all that it takes back to another address of the recipient; returns how often. */
    private static int bounceBack(
            UnaryOperator<String> to, String sender, UnaryOperator<String> change, List<String> replies)
            throws Exception {
        Await.until("it was sent on", () -> !peer.taken().isEmpty());
        int at = 0;
        while (at < peer.taken().size() && at < FLOOD) {
            FakeMailHost.Taken taken = peer.taken().get(at++);
            String rcpt = taken.recipients().get(0).replaceAll("RCPT TO:<([^>]*)>.*", "$1");
            replies.add(SmtpTestClient.sendOne(
                    node.smtp(), "<" + sender + ">", "<" + to.apply(rcpt) + ">", change.apply(taken.content())));
            node.awaitQuiet();
        }
        return at;
    }
}
