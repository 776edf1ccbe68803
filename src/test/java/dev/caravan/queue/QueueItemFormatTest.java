package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueItemFormatTest {
    @TempDir
    Path folder;

    private Spool spool;

    @BeforeEach
    void openSpool() throws IOException {
        spool = new Spool(folder, 1024, Spool.DEFAULT_MEMORY_BUDGET);
    }

    @Test
    void tellsTheNextHopFromTheHeaderAlone() throws Exception {
        byte[] octets = QueueItemFormat.write(ItemExamples.plain());
        assertEquals(Optional.of(new NextHop("smtp", "example.net")), QueueItemFormat.nextHop(octets));
        String header = new String(octets, StandardCharsets.US_ASCII);
        String spooled = header.substring(0, header.indexOf("Content: ")) + "Content: spool 99\n\n";
        assertEquals("smtp", nextHop(spooled).orElseThrow().transport());
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            QueueItem item = ItemExamples.nasty(random);
            assertEquals(Optional.of(item.nextHop()), QueueItemFormat.nextHop(QueueItemFormat.write(item)));
        }
    }

    @Test
    void findsNoNextHopInWhatIsNoItem() throws Exception {
        assertEquals(Optional.empty(), nextHop(""));
        assertEquals(Optional.empty(), nextHop("Transport: smtp\nDomain: x\n"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 0\nTransport: smtp\nDomain: x\n\n"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 1\nTransport: x/../y\nDomain: x\n\n"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 1\nTransport: smtp\nDomain: x\n"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 1\nTransport: smtp"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 1\n\nTransport: smtp\nDomain: x\n"));
        assertEquals(Optional.empty(), nextHop("Caravan-Item: 1\n" + "x".repeat(1000)));
    }

    private static Optional<NextHop> nextHop(String text) throws UnsupportedItemException {
        return QueueItemFormat.nextHop(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void isReadableForPeople() {
        Recipient recipient = new Recipient(
                Recipient.of("b+x@example.net").path(),
                Notify.of(Notify.Condition.SUCCESS, Notify.Condition.DELAY),
                Optional.of(new OriginalRecipient("rfc822", "b@example.org")));
        Diagnosis diagnosis =
                new Diagnosis(EnhancedStatus.of("4.2.0"), Optional.of("mx.example.net"), "450-4.2.0 try\n450 later");
        QueueItem item = ItemExamples.with(List.of(recipient))
                .withProgress(new Progress(
                        1,
                        List.of(Attempt.of(ItemExamples.ARRIVED, diagnosis)),
                        Map.of(recipient.path(), new RecipientProgress(true, false, Optional.of(diagnosis))),
                        Optional.of(ItemExamples.ARRIVED.plusSeconds(900))));
        assertEquals("""
                Caravan-Item: 1
                Id: 01K7Q3ZV8GABCDEF.1
                Arrived: 2026-01-31T10:15:30Z
                Protocol: ESMTP
                Helo: client.example
                Remote: 192.0.2.1
                Reverse-Path: a@example.org
                Body: 7BIT
                Transport: smtp
                Domain: example.net
                Attempts: 1
                Next-Attempt: 2026-01-31T10:30:30Z
                Attempt: 2026-01-31T10:15:30Z mx.example.net 450-4.2.0 try 450 later
                Recipient: b+2Bx@example.net notify=SUCCESS,DELAY orcpt=rfc822;b@example.org warned status=4.2.0 \
                remote=mx.example.net reply=450-4.2.0 try\\n450 later
                Content: inline 24

                Subject: hello\r
                \r
                body\r
                """, new String(QueueItemFormat.write(item), StandardCharsets.US_ASCII));
    }

    @Test
    void readsWhatItWrote() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            assertRoundTrip(ItemExamples.nasty(random));
        }
        assertRoundTrip(ItemExamples.plain());
    }

    private void assertRoundTrip(QueueItem item) throws Exception {
        byte[] written = QueueItemFormat.write(item);
        QueueItem read = QueueItemFormat.read(written, spool);
        Content same = item.mail().content();
        assertEquals(item, read.withContent(same));
        assertArrayEquals(
                same.open().readAllBytes(), read.mail().content().open().readAllBytes());
        assertArrayEquals(written, QueueItemFormat.write(read));
    }

    @Test
    void keepsWhatIsKnownOfTheClient() throws Exception {
        QueueItem item = ItemExamples.plain();
        MailObject mail = item.mail();
        ClientStory story = new ClientStory(
                Optional.of("submission"),
                Optional.of("alice\\x@a.example\r\nId: y"),
                Optional.of("mx.example"),
                Optional.of("CN=alice 0123"));
        QueueItem written = new QueueItem(
                item.id(),
                new MailObject(mail.id(), mail.arrival().from(story), mail.envelope(), mail.content()),
                item.nextHop(),
                item.progress());
        QueueItem read = QueueItemFormat.read(QueueItemFormat.write(written), spool);
        assertEquals(story, read.mail().arrival().client());
        assertEquals("alice\\x@a.example??Id: y", story.user().orElseThrow());
    }

    @Test
    void masksWhatIsNotAsciiInTheNameOfTheClient() throws Exception {
        QueueItem item = ItemExamples.plain();
        MailObject mail = item.mail();
        Arrival odd = new Arrival(mail.arrival().at(), "ESMTP", "b\u00fccher\r\nId: x", Optional.empty());
        QueueItem written = new QueueItem(
                item.id(),
                new MailObject(mail.id(), odd, mail.envelope(), mail.content()),
                item.nextHop(),
                item.progress());
        QueueItem read = QueueItemFormat.read(QueueItemFormat.write(written), spool);
        assertEquals("b?cher??Id: x", read.mail().arrival().helo());
    }

    @Test
    void refusesEveryTruncation() throws Exception {
        byte[] whole = QueueItemFormat.write(ItemExamples.nasty(new Random(3)));
        for (int length = 0; length < whole.length; length++) {
            byte[] truncated = Arrays.copyOf(whole, length);
            assertThrows(
                    QueueItemFormatException.class,
                    () -> QueueItemFormat.read(truncated, spool),
                    "first " + length + " octets");
        }
        assertThrows(
                QueueItemFormatException.class,
                () -> QueueItemFormat.read(Arrays.copyOf(whole, whole.length + 1), spool));
    }

    @Test
    void failsInOneWayWhateverItIsGiven() {
        Random random = new Random(4);
        byte[] whole = QueueItemFormat.write(ItemExamples.nasty(random));
        for (int i = 0; i < 20_000; i++) {
            byte[] octets;
            if (i % 4 == 0) {
                octets = new byte[random.nextInt(200)];
                random.nextBytes(octets);
            } else {
                octets = whole.clone();
                for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                    octets[random.nextInt(octets.length)] =
                            i % 2 == 0 ? (byte) random.nextInt() : whole[random.nextInt(whole.length)];
                }
            }
            readOrRefuse(octets);
        }
    }

    private void readOrRefuse(byte[] octets) {
        try {
            QueueItemFormat.read(octets, spool);
        } catch (QueueItemFormatException | UnsupportedItemException | MissingContentException e) {
            assertTrue(e.getMessage() != null);
        }
    }

    @Test
    void refusesChangedLines() {
        String whole = new String(QueueItemFormat.write(ItemExamples.plain()), StandardCharsets.ISO_8859_1);
        List<Map.Entry<String, String>> changes = List.of(
                Map.entry("Caravan-Item: 1", "Caravan-Item: 0"),
                Map.entry("Caravan-Item: 1", "Caravan-Item: 01"),
                Map.entry("Caravan-Item: 1", "Caravan-Item: 9999999999"),
                Map.entry("Caravan-Item: 1", "Caravan-Item: "),
                Map.entry("Arrived: 2026-01-31T10:15:30Z", "Arrived: yesterday"),
                Map.entry("Remote: 192.0.2.1", "Remote: localhost"),
                Map.entry("Body: 7BIT", "Body: BINARY"),
                Map.entry("Attempts: 0", "Attempts: -1"),
                Map.entry("Attempts: 0", "Attempts: 0\nAttempts: 0"),
                Map.entry("Attempts: 0", "Attempts: 0\ncolour"),
                Map.entry("Attempts: 0", "Attempts: 0\ncolour:"),
                Map.entry("Attempts: 0", "Attempts: 0\n: red"),
                Map.entry("Attempts: 0", "Attempts: 0\nmy colour: red"),
                Map.entry("Attempts: 0", "Attempts: 0\n-: red"),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net "),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net warned warned"),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net =x"),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net remote=x"),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net reply=x"),
                Map.entry("Recipient: b@example.net", "Recipient: b@example.net status=4.2.0"),
                Map.entry("Recipient: b@example.net\n", ""),
                Map.entry("inline 24", "inline 25"),
                Map.entry("inline 24", "inline 99999999999999999999"),
                Map.entry("inline 24", "spool 24"),
                Map.entry("Transport: smtp", "Transport: ../etc"),
                Map.entry("ABCDEF.1", "ABCDEF.../1"));
        for (Map.Entry<String, String> change : changes) {
            String changed = whole.replace(change.getKey(), change.getValue());
            byte[] octets = changed.getBytes(StandardCharsets.ISO_8859_1);
            assertThrows(QueueItemFormatException.class, () -> QueueItemFormat.read(octets, spool), change.getValue());
        }
    }

    @Test
    void leavesLargeContentInTheItemsOwnFile() throws Exception {
        QueueItem item = ItemExamples.plain();
        Path file = Files.write(folder.resolve(item.id().toString()), new byte[2000]);
        QueueItem large = item.withContent(new Content.InFile(file, 2000));
        byte[] written = QueueItemFormat.write(large);
        assertTrue(new String(written, StandardCharsets.US_ASCII).endsWith("Content: spool 2000\n\n"));
        assertEquals(large, QueueItemFormat.read(written, spool));
    }

    @Test
    void refusesToWriteAnItemWithAnothersFile() {
        QueueItem item = ItemExamples.plain().withContent(new Content.InFile(folder.resolve("tmp-1"), 2000));
        assertThrows(IllegalArgumentException.class, () -> QueueItemFormat.write(item));
    }

    @Test
    void tellsOfAMissingFileWithTheItemThatLacksIt() throws Exception {
        QueueItem item = ItemExamples.plain();
        Path file = folder.resolve(item.id().toString());
        QueueItem large = item.withContent(new Content.InFile(file, 2000));
        byte[] written = QueueItemFormat.write(large);
        MissingContentException missing =
                assertThrows(MissingContentException.class, () -> QueueItemFormat.read(written, spool));
        assertEquals(large, missing.item());
        assertArrayEquals(written, QueueItemFormat.write(missing.item()));
        Files.write(file, new byte[1999]);
        assertThrows(MissingContentException.class, () -> QueueItemFormat.read(written, spool));
    }
}
