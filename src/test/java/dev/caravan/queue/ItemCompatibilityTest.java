package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Hold;
import dev.caravan.mail.Recipient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What servers of several versions can rely on when they share queues. */
class ItemCompatibilityTest {
    private static final Hold HOLD =
            new Hold(Instant.parse("2026-02-01T00:00:00Z"), "check-mail", "looks like \\ a bill");

    @TempDir
    Path folder;

    private Spool spool;

    @BeforeEach
    void openSpool() throws IOException {
        spool = new Spool(folder, 1024, Spool.DEFAULT_MEMORY_BUDGET);
    }

    @Test
    void readsLinesInAnyOrder() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            QueueItem item = ItemExamples.nasty(random);
            byte[] written = QueueItemFormat.write(item);
            QueueItem read = QueueItemFormat.read(shuffled(written, random), spool);
            assertEquals(item.mail().arrival(), read.mail().arrival());
            assertEquals(
                    item.mail().envelope().parameters(), read.mail().envelope().parameters());
            assertEquals(item.nextHop(), read.nextHop());
            assertEquals(item.progress(), read.progress());
            assertArrayEquals(written, QueueItemFormat.write(read));
        }
    }

    /** All lines but the first in another order, but those that are repeated in their own. */
    private static byte[] shuffled(byte[] octets, Random random) {
        String text = new String(octets, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n") + 1;
        List<String> lines =
                new ArrayList<>(Arrays.asList(text.substring(0, end).split("\n")));
        List<String> repeated = lines.stream()
                .filter(line -> line.startsWith("Attempt: ") || line.startsWith("Recipient: "))
                .toList();
        List<String> others = new ArrayList<>(lines.subList(1, lines.size()));
        others.removeAll(repeated);
        Collections.shuffle(others, random);
        int at = random.nextInt(others.size());
        others.addAll(at, repeated);
        return octets(lines.get(0) + "\n" + String.join("\n", others) + "\n" + text.substring(end));
    }

    @Test
    void keepsWhatALaterVersionAdds() throws Exception {
        byte[] later = octets(text(ItemExamples.plain())
                .replace("Recipient: b@example.net", "Recipient: b@example.net require-tls by=2026 relay=a:25")
                .replace("Content:", "x-priority: low \\n \u00fc\u0000\r\nauth: \nauth: alice\nContent:"));
        QueueItem item = QueueItemFormat.read(later, spool);
        assertArrayEquals(later, QueueItemFormat.write(item));
        assertEquals(item.nextHop(), QueueItemFormat.nextHop(later).orElseThrow());
    }

    @Test
    void keepsItThroughAllThatBecomesOfAnItem() throws Exception {
        Recipient other = Recipient.of("c@example.net");
        byte[] later = octets(text(ItemExamples.with(List.of(Recipient.of("b@example.net"), other)))
                .replace("Recipient: c@example.net", "Recipient: c@example.net require-tls")
                .replace("Content:", "x-priority: low\nContent:"));
        Diagnosis said = Diagnosis.ours("4.4.1", "no connection");
        RecipientProgress state = new RecipientProgress(true, false, Optional.of(said));
        QueueItem item = QueueItemFormat.read(later, spool)
                .withRecipients(List.of(other))
                .withProgress(new Progress(1, List.of(), Map.of(other.path(), state), Optional.empty()))
                .held(HOLD)
                .released();
        QueueItem made = item.withId(item.id().afterAttempt(1))
                .withMail(item.mail())
                .withContent(ItemExamples.content("smaller"));
        String written = text(made);
        assertTrue(written.contains("\nx-priority: low\nContent: "), written);
        assertTrue(
                written.contains("\nRecipient: c@example.net warned require-tls status=4.4.1 reply=no connection\n"),
                written);
        assertEquals(
                made.attributes(), QueueItemFormat.read(octets(written), spool).attributes());
    }

    @Test
    void leavesWhatItMustUnderstand() {
        String plain = text(ItemExamples.plain());
        for (Map.Entry<String, String> change : Map.of(
                        "Caravan-Item: 1", "Caravan-Item: 2",
                        "Attempts: 0\n", "Attempts: 0\nRequire-TLS: yes\n",
                        "Recipient: b@example.net", "Recipient: b@example.net Not-Before=2027",
                        "Content:", "Colour: red\nContent:",
                        "Body: 7BIT", "Body: 7BIT\nRequires: DANE")
                .entrySet()) {
            byte[] octets = octets(plain.replace(change.getKey(), change.getValue()));
            assertUnsupported(octets);
        }
    }

    private void assertUnsupported(byte[] octets) {
        UnsupportedItemException left =
                assertThrows(UnsupportedItemException.class, () -> QueueItemFormat.read(octets, spool));
        assertEquals(Optional.of(ItemExamples.plain().id()), left.id());
        assertThrows(UnsupportedItemException.class, () -> QueueItemFormat.nextHop(octets));
        assertEquals(left.id(), QueueItemFormat.id(octets));
    }

    @Test
    void leavesANewerVersionWhateverElseIsInIt() {
        byte[] odd = octets("Caravan-Item: 999999999\n\u00fc\nno attribute\nId: 01K7Q3ZV8GABCDEF.1\n\nx");
        assertUnsupported(odd);
        UnsupportedItemException left = assertThrows(
                UnsupportedItemException.class, () -> QueueItemFormat.read(octets("Caravan-Item: 3\n"), spool));
        assertEquals(Optional.empty(), left.id());
    }

    @Test
    void leavesWhatItCannotKeep() throws Exception {
        String line = "colour: red\n";
        byte[] most = with(line.repeat(ItemAttributes.MAX_UNKNOWN));
        assertArrayEquals(most, QueueItemFormat.write(QueueItemFormat.read(most, spool)));
        assertUnsupported(with(line.repeat(ItemAttributes.MAX_UNKNOWN + 1)));
        int room = ItemAttributes.MAX_UNKNOWN_OCTETS - "x: \n".length();
        byte[] longest = with("x: " + "y".repeat(room) + "\n");
        assertArrayEquals(longest, QueueItemFormat.write(QueueItemFormat.read(longest, spool)));
        assertUnsupported(with("x: " + "y".repeat(room + 1) + "\n"));
        String words = " x=" + "y".repeat(ItemAttributes.MAX_UNKNOWN_WORDS - " x=".length());
        byte[] wordy = octets(text(ItemExamples.plain()).replace("b@example.net", "b@example.net" + words));
        assertArrayEquals(wordy, QueueItemFormat.write(QueueItemFormat.read(wordy, spool)));
        assertUnsupported(octets(text(ItemExamples.plain()).replace("b@example.net", "b@example.net" + words + "y")));
    }

    private static byte[] with(String lines) {
        return octets(text(ItemExamples.plain()).replace("Content:", lines + "Content:"));
    }

    @Test
    void namesTheFileOfANewerItem() throws IOException {
        Path file = Files.write(folder.resolve("01K7Q3ZV8GABCDEF.2-1"), new byte[10]);
        byte[] newer = octets("Caravan-Item: 2\nId: 01K7Q3ZV8GABCDEF.2-1\nBody: BINARY\nContent: spool 10\n\n");
        assertEquals(
                file.getFileName().toString(),
                QueueItemFormat.id(newer).orElseThrow().toString());
        assertEquals(Optional.empty(), QueueItemFormat.id(octets("Subject: x\nId: 01K7Q3ZV8GABCDEF.2-1\n\n")));
        assertEquals(Optional.empty(), QueueItemFormat.id(octets("Caravan-Item: 2\n\nId: 01K7Q3ZV8GABCDEF.1\n")));
    }

    @Test
    void saysWhyAMessageIsHeld() throws Exception {
        QueueItem item = ItemExamples.plain().held(HOLD);
        String written = text(item);
        assertTrue(written.contains("""

                        held-at: 2026-02-01T00:00:00Z
                        held-by: check-mail
                        held-reason: looks like \\\\ a bill
                        Content: inline 24
                        """), written);
        QueueItem read = QueueItemFormat.read(octets(written), spool);
        assertEquals(Optional.of(HOLD), read.attributes().hold());
        assertEquals(text(ItemExamples.plain()), text(read.released()));
        QueueItem plain = ItemExamples.plain();
        assertSame(plain, plain.released());
    }

    @Test
    void readsAnItemWhoseReasonToBeHeldIsMalformed() throws Exception {
        for (String lines :
                List.of("held-at: yesterday\n", "held-reason: x\nheld-by: y\n", "held-by: \\x\nheld-at: 1\n")) {
            QueueItem item = QueueItemFormat.read(with(lines), spool);
            assertEquals(Optional.empty(), item.attributes().hold());
        }
    }

    @Test
    void writesTheLowestVersion() {
        assertTrue(text(ItemExamples.plain().held(HOLD)).startsWith("Caravan-Item: 1\n"));
    }

    private static String text(QueueItem item) {
        return new String(QueueItemFormat.write(item), StandardCharsets.ISO_8859_1);
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
