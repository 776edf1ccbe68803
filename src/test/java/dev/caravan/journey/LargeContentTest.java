package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Content of every size and kind arrives as it was sent; large content travels through the spool and leaves nothing. */
@RunningServer(
        settings = "content.inline-limit=4KiB",
        peerOffers = {"PIPELINING", "8BITMIME"})
class LargeContentTest {
    private static final MovingClock CLOCK = MovingClock.now();
    private static final String RETRY = "mail.retry.15m";
    private static final String SENDER = "<alice@local.test> BODY=8BITMIME";
    private static final String HEADER = "Subject: x\r\n\r\n";

    private static FakeMailServer peer;
    private static TestServer node;

    @Test
    void carriesLargeContentThroughTheSpool() throws Exception {
        String content = HEADER + "0123456789\r\n".repeat(100_000) + "..two dots\r\n.\tone dot\r\nno end";
        node.send(SENDER, List.of("<a@far.test>", "<alice@local.test>", "<bob@local.test>"), content + "\r\n");
        Await.until("taken", () -> peer.taken().size() == 1);
        assertTrue(peer.taken().get(0).content().endsWith(content + "\r\n"), "octets at the peer");
        String local = (content + "\r\n").replace("\r\n", "\n");
        assertTrue(node.mailbox("alice", 1).get(0).endsWith("\n" + local), "octets in the Maildir");
        assertTrue(node.mailbox("bob", 1).get(0).endsWith("\n" + local), "octets in the other Maildir");
        node.awaitQuiet();
        awaitEmptySpool();
    }

    @Test
    void carriesContentOfEverySizeAroundTheLimit() throws Exception {
        for (int size : new int[] {0, 1, 2, 4094, 4095, 4096, 4097, 4098, 8192}) {
            String content = size < 2 ? "" : "x".repeat(size - 2) + "\r\n";
            node.send(SENDER, List.of("<s" + size + "@far.test>"), content);
            Await.until("taken", () -> peer.takenFor("s" + size + "@").size() == 1);
            String got = peer.takenFor("s" + size + "@").get(0).content();
            // A content without a header section gets an empty line behind the trace field, or none if it is empty.
            assertTrue(got.endsWith(content), size + ": " + got);
        }
        node.awaitQuiet();
        awaitEmptySpool();
    }

    @Test
    void carriesEightBitOctetsAndVeryLongLines() throws Exception {
        Random random = new Random(7);
        StringBuilder octets = new StringBuilder(HEADER);
        for (int i = 0; i < 50_000; i++) {
            int octet = 1 + random.nextInt(255);
            octets.append(octet == '\r' || octet == '\n' ? "\r\n" : String.valueOf((char) octet));
        }
        octets.append("\r\n").append("long ".repeat(100_000)).append("\r\n");
        node.send(SENDER, List.of("<eight@far.test>", "<alice@local.test>"), octets.toString());
        Await.until("taken", () -> peer.taken().size() == 1);
        assertTrue(peer.taken().get(0).content().endsWith(octets.toString()));
        assertTrue(node.mailbox("alice", 1).get(0).endsWith(octets.toString().replace("\r\n", "\n")));
    }

    @Test
    void keepsTheFileThroughRetries() throws Exception {
        peer.reply("RCPT", "450 4.2.1 busy");
        String content = HEADER + "0123456789\r\n".repeat(1000);
        node.send(SENDER, List.of("<a@far.test>"), content);
        for (int i = 0; i < 3; i++) {
            Await.until("it waits", () -> node.depth(RETRY) == 1 && node.depth("mail.deliver.smtp") == 0);
            assertEquals(List.of(node.items(RETRY).get(0).id().toString()), node.spool());
            CLOCK.advance(Duration.ofMinutes(15));
            if (i == 2) {
                peer.forget("RCPT");
            }
            assertEquals(1, node.node().tick());
            long heard = i + 2L;
            Await.until("tried again", () -> peer.heard("MAIL") == heard);
        }
        Await.until("taken", () -> peer.taken().size() == 1);
        assertTrue(peer.taken().get(0).content().endsWith(content));
        node.awaitQuiet();
        awaitEmptySpool();
    }

    @Test
    void partsTheFileWithTheRecipients() throws Exception {
        peer.reply("RCPT TO:<busy@far.test>", "450 4.2.1 busy");
        peer.reply("RCPT TO:<gone@far.test>", "550 5.1.1 gone");
        String content = HEADER + "0123456789\r\n".repeat(1000);
        node.send(SENDER, List.of("<ok@far.test>", "<busy@far.test>", "<gone@far.test>"), content);
        node.mailbox("alice", 1);
        node.awaitQuiet();
        String waiting = node.items(RETRY).get(0).id().toString();
        String bounced = node.items("mail.bounced").get(0).id().toString();
        Await.until(
                "one file each",
                () -> spool().equals(List.of(waiting, bounced).stream().sorted().toList()));
        CLOCK.advance(Duration.ofDays(8));
        assertEquals(1, node.node().prune());
        peer.forget("RCPT TO:<busy@far.test>");
        assertEquals(1, node.node().tick());
        Await.until("taken", () -> peer.taken().size() == 2);
        assertTrue(peer.taken().get(1).content().endsWith(content));
        node.awaitQuiet();
        awaitEmptySpool();
    }

    @Test
    void waitsForAFileThatIsMissing() throws Exception {
        node.set("delivery.paused", "true");
        node.stop();
        node.start();
        String content = HEADER + "0123456789\r\n".repeat(1000);
        node.send(SENDER, List.of("<a@far.test>"), content);
        Path file = node.folder().resolve("data/spool").resolve(node.spool().get(0));
        Path elsewhere = node.folder().resolve("elsewhere");
        Files.move(file, elsewhere);
        node.set("delivery.paused", "false");
        node.stop();
        node.start();
        Await.until("put off", () -> node.depth(RETRY) == 1);
        assertEquals(0, node.depth("mail.deliver.smtp"));
        CLOCK.advance(Duration.ofDays(6));
        assertEquals(1, node.node().tick());
        Await.until("put off again, however old", () -> node.depth(RETRY) == 1);
        Files.move(elsewhere, file);
        CLOCK.advance(Duration.ofMinutes(15));
        assertEquals(1, node.node().tick());
        Await.until("taken", () -> peer.taken().size() == 1);
        assertTrue(peer.taken().get(0).content().endsWith(content));
        node.awaitQuiet();
        awaitEmptySpool();
        assertEquals(0, node.depth("mail.bounced"));
    }

    @Test
    void returnsDeadMailWhenItsFileIsBackAndTriesItNoMore() throws Exception {
        peer.reply("RCPT", "550 5.1.1 gone");
        node.node().camel().getRouteController().stopRoute("bounce");
        node.send(SENDER, List.of("<a@far.test>"), HEADER + "0123456789\r\n".repeat(1000));
        Await.until("dead", () -> node.depth("mail.dead") == 1);
        Path file = node.folder().resolve("data/spool").resolve(node.spool().get(0));
        Path elsewhere = node.folder().resolve("elsewhere");
        Files.move(file, elsewhere);
        node.node().camel().getRouteController().startRoute("bounce");
        Await.until("put off", () -> node.depth(RETRY) == 1);
        Files.move(elsewhere, file);
        CLOCK.advance(Duration.ofMinutes(15));
        assertEquals(1, node.node().tick());
        assertEquals("5.1.1", ReadDsn.of(node.mailbox("alice", 1).get(0)).field("Status"));
        assertEquals(1, peer.heard("RCPT"));
    }

    private void awaitEmptySpool() {
        Await.until("the spool is empty", () -> spool().isEmpty());
    }

    private List<String> spool() {
        try {
            return node.spool();
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
