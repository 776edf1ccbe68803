package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.broker.MessageCopy;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.housekeeping.SpoolSweeper;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server and a newer one share the queues of a broker: what only the newer one understands stays in its queue, unchanged,
 * while other mail goes on; what the newer one adds to an item survives.
 */
@Tag("server")
class MixedVersionsTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final String SMTP = "mail.deliver.smtp";
    private static final String RETRY = "mail.retry.15m";
    private static final String BOUNCED = "mail.bounced";
    private static final String INVALID = "mail.dead.invalid";
    private static final List<String> QUEUES =
            List.of(SMTP, "mail.deliver.local", "mail.dead", RETRY, "mail.hold", BOUNCED);

    private final MovingClock clock = MovingClock.now();

    @TempDir
    Path folder;

    private FakeMailServer peer;
    private TestServer node;
    private JmsProbe probe;
    private OperatorCli operator;

    /** A server for each test: what its consumers have in hand for a pause is in no queue that could be cleared. */
    @BeforeEach
    void start() throws Exception {
        peer = new FakeMailServer("PIPELINING");
        node = new TestServer(folder).with(clock).with(peer).start();
        probe = new JmsProbe();
        operator = new OperatorCli(folder);
    }

    @AfterEach
    void stop() throws Exception {
        probe.close();
        node.close();
        peer.close();
    }

    /** An item that only a newer server understands: of another version, or with an attribute that is critical. */
    private static byte[] newer(int number, String queue) {
        String version = number % 2 == 0 ? "Caravan-Item: 2\n" : "Caravan-Item: 1\nRequire-TLS: yes\n";
        return octets(version + "Id: 1M84CS1CN0SZYT2B." + number + "\n" + rest(queue));
    }

    private static String rest(String queue) {
        return """
                Arrived: 2026-01-31T10:15:30Z
                Protocol: ESMTP
                Helo: client.test
                Reverse-Path: alice@local.test
                Body: 7BIT
                Transport: %s
                Domain: far.test
                Attempts: 0
                Recipient: carol@far.test
                Content: inline 1

                x""".formatted(queue.endsWith("local") ? "local" : "smtp");
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] octets) {
        return new String(octets, StandardCharsets.ISO_8859_1);
    }

    private void putNewer(int number, String queue) throws Exception {
        long now = clock.instant().toEpochMilli();
        probe.putOctets(queue, newer(number, queue), Map.of("queuedAt", now, "transport", "x", "colour", "red"));
    }

    private void assertUnchanged(int number, String queue, Message message) throws Exception {
        assertArrayEquals(newer(number, queue), MessageCopy.octets(message).orElseThrow(), queue);
        assertEquals("red", message.getStringProperty("colour"));
        assertTrue(message.propertyExists("queuedAt"));
    }

    @Test
    void leavesWhatItDoesNotUnderstandWhileOtherMailGoesOn() throws Exception {
        try (LoggedLines log = new LoggedLines()) {
            for (int i = 0; i < QUEUES.size(); i++) {
                putNewer(i, QUEUES.get(i));
            }
            putNewer(7, SMTP);
            node.send("<alice@local.test>", "<carol@far.test>");
            node.send("<alice@local.test>", "<bob@local.test>");
            Await.until("mail goes on", () -> peer.taken().size() == 1);
            assertEquals(1, node.mailbox("bob", 1).size());
            long before = node.taken(SMTP);
            Await.until("it is put back again and again", () -> node.taken(SMTP) >= before + 6);
            clock.advance(Duration.ofMinutes(16));
            node.node().tick();
            node.node().tick();

            for (int i = 1; i < QUEUES.size(); i++) {
                String queue = QUEUES.get(i);
                int number = i;
                Await.until("it is in " + queue, () -> node.depth(queue) == 1);
                assertUnchanged(number, queue, probe.browse(queue).get(0));
            }
            assertEquals(2, node.depth(SMTP));
            assertFalse(node.hasQueue(INVALID) && node.depth(INVALID) > 0);
            List<String> warnings = log.of(UnsupportedItems.class, Level.WARN);
            assertEquals(5, warnings.size(), "one for each, none for what nobody takes: " + warnings);
            assertEquals(5, warnings.stream().distinct().count(), warnings.toString());
        }
    }

    @Test
    void doesNotSpinThroughAQueueThatHoldsNothingElse() throws Exception {
        long before = node.taken(SMTP);
        for (int i = 10; i < 15; i++) {
            putNewer(i, SMTP);
        }
        Await.until("each was put back", () -> node.taken(SMTP) >= before + 5);
        long begun = System.nanoTime();
        Await.until("each was put back twice more", () -> node.taken(SMTP) >= before + 15);
        long millis = (System.nanoTime() - begun) / 1_000_000;
        assertTrue(millis > 900, "two rounds in " + millis + " ms");
        assertTrue(node.taken(SMTP) < before + 35, "no more are put back");
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("mail goes on", () -> peer.taken().size() == 1);
    }

    @Test
    void isDeliveredByAServerThatUnderstandsIt() throws Exception {
        putNewer(21, SMTP);
        long before = node.taken(SMTP);
        Await.until("it is put back", () -> node.taken(SMTP) > before + 1);
        // The newer server writes the lowest version that can hold the item.
        byte[] taken = probe.take(SMTP);
        assertArrayEquals(newer(21, SMTP), taken);
        probe.putOctets(SMTP, octets(text(taken).replace("Require-TLS: yes\n", "")), Map.of());
        Await.until("it is delivered", () -> peer.taken().size() == 1);
        node.awaitQuiet();
        assertEquals(0, node.depth(SMTP));
    }

    @Test
    void keepsWhatIsAddedThroughRetriesAndBounces() throws Exception {
        String added = "x-priority: high\n";
        peer.reply("RCPT", "450 4.2.1 busy");
        byte[] item = octets("Caravan-Item: 1\n" + added + "Id: 1M84CS1CN0SZYT2C.1\n"
                + rest(SMTP).replace("carol@far.test", "carol@far.test x-by=7"));
        probe.putOctets(SMTP, item, Map.of());
        Await.until("it waits", () -> node.depth(RETRY) == 1);
        assertKept(added, RETRY);
        peer.reply("RCPT", "550 5.1.1 unknown");
        clock.advance(QUARTER.plusMinutes(1));
        Await.until("it is tried again", () -> node.node().tick() == 1);
        Await.until("it is returned", () -> node.hasQueue(BOUNCED) && node.depth(BOUNCED) == 1);
        assertKept(added, BOUNCED);
    }

    @Test
    void forgetsWhyAReleasedMessageWasHeld() throws Exception {
        peer.reply("RCPT", "450 4.2.1 busy");
        String held = "held-at: 2026-01-31T10:15:30Z\nheld-by: check-mail\nheld-reason: large\n";
        probe.putOctets(SMTP, octets("Caravan-Item: 1\n" + held + "Id: 1M84CS1CN0SZYT2C.1\n" + rest(SMTP)), Map.of());
        Await.until("it waits", () -> node.depth(RETRY) == 1);
        String kept = text(MessageCopy.octets(probe.browse(RETRY).get(0)).orElseThrow());
        assertFalse(kept.contains("held-"), kept);
    }

    private void assertKept(String added, String queue) throws Exception {
        String kept = text(MessageCopy.octets(probe.browse(queue).get(0)).orElseThrow());
        assertTrue(kept.contains("\n" + added), kept);
        assertTrue(kept.contains("\nRecipient: carol@far.test") && kept.contains(" x-by=7"), kept);
    }

    @Test
    void movesDueMailThatStandsBehindIt() throws Exception {
        for (int i = 30; i < 35; i++) {
            putNewer(i, RETRY);
        }
        peer.reply("RCPT", "450 4.2.1 busy");
        node.send("<alice@local.test>", "<carol@far.test>");
        Await.until("the mail waits", () -> node.depth(RETRY) == 6);
        peer.forget("RCPT");
        assertEquals(0, node.node().tick(), "nothing is due");
        long before = node.taken(RETRY);
        clock.advance(QUARTER.plusMinutes(1));
        assertEquals(1, node.node().tick());
        Await.until("the mail is taken", () -> peer.taken().size() == 1);
        assertEquals(before + 6, node.taken(RETRY), "each was put back once");
        assertEquals(0, node.node().tick());
        assertEquals(before + 6, node.taken(RETRY), "not before a pause");
        List<Message> left = probe.browse(RETRY);
        for (int i = 0; i < 5; i++) {
            assertUnchanged(30 + i, RETRY, left.get(i));
        }
        Await.until(
                "it is looked at again after a pause", () -> node.node().tick() == 0 && node.taken(RETRY) > before + 6);
    }

    @Test
    void neitherPrunesNorForgetsItsFile() throws Exception {
        putNewer(41, BOUNCED);
        probe.putOctets(BOUNCED, octets("Caravan-Item: 1\nId: 1M84CS1CN0SZYT2B.43\n" + rest(BOUNCED)), Map.of());
        Path file = folder.resolve("data/spool/1M84CS1CN0SZYT2B.41");
        Files.writeString(file, "x");
        clock.advance(Duration.ofDays(8));
        assertEquals(1, node.node().prune());
        assertEquals(1, node.depth(BOUNCED));
        JournalCompactor compactor = bean("journalRenewal", JournalCompactor.class);
        assertEquals(1, compactor.compact());
        assertUnchanged(41, BOUNCED, probe.browse(BOUNCED).get(0));
        SpoolSweeper sweeper = bean("spoolSweeper", SpoolSweeper.class);
        sweeper.sweepWhenDue();
        clock.advance(Duration.ofMinutes(1));
        sweeper.sweepWhenDue();
        assertTrue(Files.exists(file));
        Files.delete(file);
    }

    private <T> T bean(String name, Class<T> type) {
        return node.node().camel().getRegistry().lookupByNameAndType(name, type);
    }

    @Test
    void showsAndRefusesItToOperators() throws Exception {
        putNewer(51, RETRY);
        putNewer(52, "mail.hold");
        List<JsonNode> listed = operator.lists();
        assertEquals(2, listed.size(), listed.toString());
        assertEquals("1M84CS1CN0SZYT2B.51", listed.get(0).get("id").asText());
        assertEquals("deferred", listed.get(0).get("state").asText());
        assertTrue(listed.get(0).get("unsupported").asText().contains("Require-TLS"), listed.toString());
        assertEquals(
                "item of version 2 (expected: 1)",
                listed.get(1).get("unsupported").asText());
        assertEquals(List.of(), operator.lists("--from", "alice@local.test"), "its sender is not known");
        assertEquals(1, operator.lists("--id", "1M84CS1CN0SZYT2B.52").size());
        String table = operator.types("queue", "list").out();
        assertTrue(table.contains("(held, for a newer server: item of version 2 (expected: 1))"), table);
        OperatorCli.Did shown = operator.types("queue", "show", "1M84CS1CN0SZYT2B.51");
        assertTrue(shown.out().contains("unsupported: attribute Require-TLS"), shown.toString());

        assertSays(
                "0 flushed; left alone, because only a newer server understands them: 1",
                operator.types("queue", "flush", "--all"));
        assertSays(
                "0 removed; left alone, because only a newer server understands them: 1",
                operator.types("queue", "remove", "1M84CS1CN0SZYT2B.52"));
        assertSays(
                "0 removed; left alone, because only a newer server understands them: 2",
                operator.types("queue", "remove", "--all", "--yes"));
        assertSays(
                "0 removed; left alone, because only a newer server understands them: 2",
                operator.types("queue", "remove", "--to", "x@y.test", "--yes"));
        assertSays("0 removed\n", operator.types("queue", "remove", "1M84CS1CN0SZYT2B.53"));
        assertUnchanged(51, RETRY, probe.browse(RETRY).get(0));
        assertUnchanged(52, "mail.hold", probe.browse("mail.hold").get(0));
        assertTrue(QueueItemFormat.id(newer(52, "mail.hold")).isPresent());
    }

    private static void assertSays(String words, OperatorCli.Did did) {
        assertEquals(0, did.code(), did.err());
        assertTrue(did.out().startsWith(words), did.out());
    }
}
