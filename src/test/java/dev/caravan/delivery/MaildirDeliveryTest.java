package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaildirDeliveryTest {
    private static final String ITEM = "Q7F3A0001.1-2";

    @TempDir
    private Path folder;

    private MaildirDelivery delivery;

    @BeforeEach
    void make() {
        delivery = new MaildirDelivery(
                folder.resolve("mail"), new Domain("mx.example"), Clock.fixed(Mails.ARRIVED, ZoneOffset.UTC));
    }

    private List<RecipientResult> attempt(MailObject mail) {
        return delivery.attempt(ITEM, mail, MaildirDeliveryTest::user).results();
    }

    private static Optional<String> user(ForwardPath path) {
        String key = path.mailbox().localKey();
        return key.equals("nobody") ? Optional.empty() : Optional.of(key);
    }

    private List<Path> files(String user, String part) throws IOException {
        try (Stream<Path> all = Files.list(folder.resolve("mail").resolve(user).resolve(part))) {
            return all.toList();
        }
    }

    @Test
    void encodesBinaryContent() throws IOException {
        MailObject mail = Mails.mail(new Envelope(
                        ReversePath.NULL,
                        List.of(Recipient.of("bob@x.example")),
                        MailParameters.NONE.withBody(MailParameters.Body.BINARY)))
                .withContent(Mails.octets("Return-Path: <x@y>\r\nMIME-Version: 1.0\r\nContent-Type: image/png\r\n"
                        + "Content-Transfer-Encoding: binary\r\n\r\n\0\r\n\n\u00ff"));
        assertInstanceOf(Delivered.class, attempt(mail).get(0));
        String stored = Files.readString(files("bob", "new").get(0));
        assertTrue(
                stored.endsWith(
                        "\nMIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAA0KCv8="),
                stored);
        assertEquals(1, stored.split("Return-Path", -1).length - 1, stored);
    }

    @Test
    void storesAMailWithItsTraceAndLineFeeds() throws IOException {
        Delivered result = assertInstanceOf(
                Delivered.class, attempt(Mails.to("bob@x.example")).get(0));
        assertEquals(Handling.FINAL, result.handling());
        List<Path> stored = files("bob", "new");
        assertEquals(1, stored.size());
        assertEquals("""
                Return-Path: <a@client.example>
                Delivered-To: bob@x.example
                Received: from client.example ([127.0.0.1]) by mx.example with ESMTP
                \tid Q7F3A0001 for <bob@x.example>; Mon, 1 Jul 2024 10:52:37 +0000
                Subject: x

                hello
                """, Files.readString(stored.get(0)));
        assertTrue(stored.get(0).getFileName().toString().matches("1719831157\\.Q7F3A0001-[0-9a-f]{16}\\.caravan"));
        assertEquals(List.of(), files("bob", "tmp"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(stored.get(0))));
    }

    @Test
    void deliversOnceWhenRepeatedAfterACrash() throws IOException {
        MailObject mail = Mails.to("bob@x.example");
        attempt(mail);
        assertInstanceOf(Delivered.class, attempt(mail).get(0));
        assertEquals(1, files("bob", "new").size());
        Path stored = files("bob", "new").get(0);
        Path read = folder.resolve("mail/bob/cur").resolve(stored.getFileName() + ":2,S");
        Files.move(stored, read);
        assertInstanceOf(Delivered.class, attempt(mail).get(0));
        assertEquals(List.of(), files("bob", "new"));
    }

    @Test
    void findsWhatAnEarlierVersionHasDelivered() throws IOException {
        Path old = folder.resolve("mail/bob/cur/1719831157.Q7F3A0001.1-2-7832d9309020e043.caravan:2,S");
        attempt(Mails.to("bob@x.example"));
        Path stored = files("bob", "new").get(0);
        Files.move(stored, old);
        assertInstanceOf(Delivered.class, attempt(Mails.to("bob@x.example")).get(0));
        assertEquals(List.of(), files("bob", "new"));
    }

    @Test
    void givesAMailboxOneCopyHoweverItIsAddressed() throws IOException {
        List<RecipientResult> results =
                attempt(Mails.to("bob@x.example", "BOB@x.example", "\"bob\"@x.example", "\"b\\ob\"@X.example"));
        assertEquals(4, results.stream().filter(Delivered.class::isInstance).count());
        assertEquals(1, files("bob", "new").size());
    }

    @Test
    void replacesAReturnPathOfOthers() throws IOException {
        String content = "Received: by other.example\r\nReturn-Path: <old@other.example>\r\nReturn-path:\r\n"
                + " <older@other.example>\r\nSubject: x\r\n\r\nReturn-Path: <stays@body.example>\r\n";
        attempt(Mails.to("bob@x.example")
                .withContent(new Content.InMemory(content.getBytes(StandardCharsets.US_ASCII))));
        String stored = Files.readString(files("bob", "new").get(0));
        assertEquals(2, stored.split("(?i)return-path:", -1).length - 1, stored);
        assertTrue(stored.startsWith("Return-Path: <a@client.example>\n"), stored);
        assertTrue(
                stored.endsWith("Received: by other.example\nSubject: x\n\nReturn-Path: <stays@body.example>\n"),
                stored);
    }

    @Test
    void overwritesWhatACrashLeftBehind() throws IOException {
        MailObject mail = Mails.to("bob@x.example");
        attempt(mail);
        Path stored = files("bob", "new").get(0);
        Path half = folder.resolve("mail/bob/tmp").resolve(stored.getFileName());
        Files.delete(stored);
        Files.writeString(half, "half");
        attempt(mail);
        assertTrue(Files.readString(files("bob", "new").get(0)).endsWith("hello\n"));
        assertEquals(List.of(), files("bob", "tmp"));
    }

    @Test
    void givesEachRecipientItsOwnResult() throws IOException {
        Files.createDirectories(folder.resolve("mail"));
        Files.writeString(folder.resolve("mail/eve"), "a file where a folder should be");
        List<RecipientResult> results =
                attempt(Mails.to("bob@x.example", "nobody@x.example", "eve@x.example", "Bob@y.example"));
        assertInstanceOf(Delivered.class, results.get(0));
        assertEquals(
                "5.1.1",
                assertInstanceOf(Failed.class, results.get(1))
                        .diagnosis()
                        .status()
                        .toString());
        assertEquals(
                "4.2.0",
                assertInstanceOf(Deferred.class, results.get(2))
                        .diagnosis()
                        .status()
                        .toString());
        assertInstanceOf(Delivered.class, results.get(3));
        assertEquals(1, files("bob", "new").size(), "one mailbox, one copy");
    }

    @Test
    void defersWhatItCannotRead() {
        MailObject mail = Mails.to("bob@x.example");
        Content missing = new Content.InFile(folder.resolve("missing"), 5);
        assertEquals(
                "4.3.0",
                attempt(mail.withContent(missing)).get(0).diagnosis().status().toString());
    }

    @Test
    void neverStoresHalfAMail() throws IOException {
        Path half = Files.writeString(folder.resolve("half"), "Subject: x\r\n");
        Content content = new Content.InFile(half, 100);
        RecipientResult result =
                attempt(Mails.to("bob@x.example").withContent(content)).get(0);
        assertInstanceOf(Deferred.class, result);
        assertEquals(List.of(), files("bob", "new"));
        assertEquals(List.of(), files("bob", "tmp"));
    }

    @Test
    void defersWhenTheUserCannotBeLookedUp() {
        DeliveryReport report = delivery.attempt(ITEM, Mails.to("bob@x.example"), path -> {
            throw new IllegalStateException("table is gone");
        });
        assertInstanceOf(Deferred.class, report.results().get(0));
    }

    @ParameterizedTest
    @CsvSource({
        "bob, bob",
        ".., %2E.",
        "., %2E",
        "a.b, a.b",
        "../etc, %2E.%2Fetc",
        "Bob, %42ob",
        "a/b, a%2Fb",
        "a b, a%20b",
        "a%b, a%25b"
    })
    void keepsUsersInsideOfTheRoot(String user, String expected) {
        assertEquals(expected, MaildirDelivery.folderName(user));
    }

    @Test
    void refusesItemIdsThatAreNone() {
        assertThrows(
                IllegalArgumentException.class,
                () -> delivery.attempt("../x", Mails.to("bob@x.example"), MaildirDeliveryTest::user));
    }

    @Test
    void turnsLineEndsInAllChunkings() throws IOException {
        byte[] content = "\r\na\r\r\nb\rc\n\r\n\r".getBytes(StandardCharsets.US_ASCII);
        for (int chunk = 1; chunk <= content.length; chunk++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            LineEnds lines = new LineEnds(out);
            for (int i = 0; i < content.length; i += chunk) {
                byte[] part = java.util.Arrays.copyOfRange(content, i, Math.min(content.length, i + chunk));
                lines.write(part, part.length);
            }
            lines.end();
            assertEquals("\na\r\nb\rc\n\n\r", out.toString(StandardCharsets.US_ASCII), "chunks of " + chunk);
        }
    }
}
