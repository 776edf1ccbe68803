package dev.caravan.dsn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.testkit.GoldenFile;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetHeaders;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import org.eclipse.angus.mail.dsn.DeliveryStatus;
import org.eclipse.angus.mail.dsn.MessageHeaders;
import org.eclipse.angus.mail.dsn.MultipartReport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DsnWriterTest {
    private static final Instant NOW = Instant.parse("2026-02-05T10:15:31Z");
    private static final DsnContext FACTS =
            new DsnContext(new Domain("mx.caravan.example"), NOW, new MailId("01K8000000DSNDSN"));
    private static final String ORIGINAL = "Received: from x\r\nMessage-ID: <1@example.org>\r\n"
            + "Subject: the quarterly report\r\nTo: b@example.net\r\n\r\nHello Bob\r\n";
    private static final Diagnosis NO_SUCH_USER = new Diagnosis(
            EnhancedStatus.of("5.1.1"),
            Optional.of("mx.example.net"),
            "550-5.1.1 No such user here: please look at the address again, and then at\n"
                    + "550 5.1.1 https://www.example.net/help/why-was-my-mail-refused?code=511");
    private static final Diagnosis LATER = new Diagnosis(
            EnhancedStatus.of("4.2.0"), Optional.of("mx.example.net"), "450 4.2.0 Mailbox busy, try later");
    private static final Recipient B = Recipient.of("b@example.net");

    @TempDir
    Path folder;

    private Spool spool;

    @BeforeEach
    void openSpool() throws IOException {
        spool = new Spool(folder, 256 * 1024, Spool.DEFAULT_MEMORY_BUDGET);
    }

    @Test
    void tellsOfAFailure() throws Exception {
        Recipient c = new Recipient(
                ForwardPath.of("\"c d\"@example.net"),
                Notify.of(Notify.Condition.FAILURE),
                Optional.of(new OriginalRecipient("rfc822", "carol@example.org")));
        Diagnosis none = Diagnosis.ours("5.1.2", "The domain example.net does not exist.");
        QueueItem item = item(ORIGINAL, MailParameters.NONE.withEnvelopeId(Optional.of("QQ 314+159")), B, c);
        MailObject dsn = write(notice(
                Notice.Kind.FAILED,
                item,
                new Notice.NotifiedRecipient(B, NO_SUCH_USER),
                new Notice.NotifiedRecipient(c, none)));
        assertGolden("failed.eml", dsn);
        assertEquals(ReversePath.NULL, dsn.envelope().reversePath());
        Recipient to = dsn.envelope().recipients().get(0);
        assertEquals("a@example.org", to.path().address());
        assertTrue(to.notification().isNever());
        DeliveryStatus status = status(dsn);
        assertEquals("QQ 314+159", field(status.getMessageDSN(), "Original-Envelope-Id"));
        assertEquals("dns; mx.caravan.example", field(status.getMessageDSN(), "Reporting-MTA"));
        assertEquals("Sat, 31 Jan 2026 10:15:30 +0000", field(status.getMessageDSN(), "Arrival-Date"));
        InternetHeaders first = status.getRecipientDSN(0);
        assertEquals("rfc822; b@example.net", field(first, "Final-Recipient"));
        assertEquals("failed", field(first, "Action"));
        assertEquals("5.1.1", field(first, "Status"));
        assertEquals("dns; mx.example.net", field(first, "Remote-MTA"));
        assertEquals("smtp; " + NO_SUCH_USER.line(), field(first, "Diagnostic-Code"));
        assertEquals("Thu, 5 Feb 2026 10:15:30 +0000", field(first, "Last-Attempt-Date"));
        InternetHeaders second = status.getRecipientDSN(1);
        assertEquals("rfc822; carol@example.org", field(second, "Original-Recipient"));
        assertEquals("rfc822; \"c d\"@example.net", field(second, "Final-Recipient"));
        assertEquals("x-caravan; The domain example.net does not exist.", field(second, "Diagnostic-Code"));
        assertEquals(ORIGINAL, returned(dsn));
    }

    @Test
    void tellsOfAMailGivenUpForItsAge() throws Exception {
        MailObject dsn = write(notice(Notice.Kind.FAILED, item(ORIGINAL), new Notice.NotifiedRecipient(B, LATER)));
        assertGolden("expired.eml", dsn);
        assertEquals("failed", field(status(dsn).getRecipientDSN(0), "Action"));
        assertEquals("4.2.0", field(status(dsn).getRecipientDSN(0), "Status"));
    }

    @Test
    void tellsOfAMailThatMayHaveArrived() throws Exception {
        Diagnosis doubt = Diagnosis.mayHaveArrived("mx.example.net answered the end of content with \"OK\"");
        MailObject dsn = write(notice(Notice.Kind.FAILED, item(ORIGINAL), new Notice.NotifiedRecipient(B, doubt)));
        assertGolden("doubted.eml", dsn);
        assertEquals("4.4.2", field(status(dsn).getRecipientDSN(0), "Status"));
        assertTrue(field(status(dsn).getRecipientDSN(0), "Diagnostic-Code")
                .startsWith("x-caravan; the message may have arrived"));
    }

    @Test
    void tellsOfADelay() throws Exception {
        Notice delay = new Notice(
                Notice.Kind.DELAYED,
                item(ORIGINAL),
                List.of(new Notice.NotifiedRecipient(B, LATER)),
                Notice.To.SENDER,
                Optional.of(NOW.plusSeconds(3600)));
        MailObject dsn = write(delay);
        assertGolden("delayed.eml", dsn);
        InternetHeaders recipient = status(dsn).getRecipientDSN(0);
        assertEquals("delayed", field(recipient, "Action"));
        assertEquals("Thu, 5 Feb 2026 11:15:31 +0000", field(recipient, "Will-Retry-Until"));
        assertFalse(returned(dsn).contains("Hello Bob"));
    }

    @Test
    void tellsOfRelaying() throws Exception {
        Diagnosis ok =
                new Diagnosis(EnhancedStatus.of("2.0.0"), Optional.of("mx.example.net"), "250 2.0.0 Ok: queued as 1");
        MailObject relayed = write(notice(Notice.Kind.RELAYED, item(ORIGINAL), new Notice.NotifiedRecipient(B, ok)));
        assertGolden("relayed.eml", relayed);
        assertEquals("relayed", field(status(relayed).getRecipientDSN(0), "Action"));
    }

    @Test
    void tellsOfDelivery() throws Exception {
        Diagnosis stored = Diagnosis.ours("2.1.5", "Stored in the mailbox.");
        MailObject delivered =
                write(notice(Notice.Kind.DELIVERED, item(ORIGINAL), new Notice.NotifiedRecipient(B, stored)));
        assertGolden("delivered.eml", delivered);
        assertEquals("delivered", field(status(delivered).getRecipientDSN(0), "Action"));
    }

    @Test
    void tellsThePostmasterWhatCannotBeReturned() throws Exception {
        QueueItem bounce = item(ORIGINAL);
        Envelope fromNobody = new Envelope(ReversePath.NULL, List.of(B), MailParameters.NONE);
        QueueItem item =
                new QueueItem(bounce.id(), bounce.mail().withEnvelope(fromNobody), bounce.nextHop(), bounce.progress());
        Notice notice = new Notice(
                Notice.Kind.FAILED,
                item,
                List.of(new Notice.NotifiedRecipient(B, NO_SUCH_USER)),
                Notice.To.POSTMASTER,
                Optional.empty());
        MailObject dsn = write(notice);
        assertGolden("postmaster.eml", dsn);
        assertEquals(
                "postmaster@mx.caravan.example",
                dsn.envelope().recipients().get(0).path().address());
        QueueItem failed = new QueueItem(new ItemId(dsn.id(), "1"), dsn, item.nextHop(), Progress.NEW);
        assertEquals(List.of(), Outcome.bounce(failed, Optional.empty()));
    }

    @Test
    void bringsBackAsMuchAsWasAskedFor() throws Exception {
        String large = ORIGINAL + "0123456789012345678901234567890\r\n".repeat(2200);
        assertEquals(large, returned(failure(large, Optional.of(Returned.FULL))));
        assertFalse(returned(failure(large, Optional.empty())).contains("Hello Bob"));
        assertFalse(returned(failure(ORIGINAL, Optional.of(Returned.HEADERS))).contains("Hello Bob"));
        assertTrue(returned(failure(ORIGINAL, Optional.of(Returned.HEADERS))).contains("Message-ID: <1@example.org>"));
    }

    @Test
    void bringsEightBitMailBackAsItIs() throws Exception {
        byte[] all = new byte[1000];
        new Random(5).nextBytes(all);
        String original = ORIGINAL + new String(all, StandardCharsets.ISO_8859_1).replaceAll("[\r\n]", "");
        MailObject dsn = failure(original, Optional.of(Returned.FULL));
        assertEquals(Body.EIGHT_BIT_MIME, dsn.envelope().parameters().body());
        assertTrue(text(dsn)
                .contains("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + original));
        assertEquals(
                Body.SEVEN_BIT,
                failure(original, Optional.of(Returned.HEADERS))
                        .envelope()
                        .parameters()
                        .body());
    }

    @Test
    void returnsLongLinesInPartsThatAreEncoded() throws Exception {
        String original = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                + "a".repeat(5000) + "\r\n";
        MailObject dsn = failure(original, Optional.of(Returned.FULL));
        assertLinesAreShort(dsn);
        assertEquals(Body.SEVEN_BIT, dsn.envelope().parameters().body());
        MimeMessage returned = report(dsn).getReturnedMessage();
        assertEquals(
                "a".repeat(5000) + "\r\n",
                new String(returned.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }

    @Test
    void returnsTheHeaderOnlyWhereLongLinesAreSigned() throws Exception {
        String original = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s\r\n"
                + "X-Long: " + "a".repeat(2000) + "\r\n\r\n--s\r\n\r\n" + "b".repeat(2000) + "\r\n--s--\r\n";
        MailObject dsn = failure(original, Optional.of(Returned.FULL));
        assertLinesAreShort(dsn);
        assertFalse(text(dsn).contains("bbb"));
        assertTrue(
                text(dsn).contains("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable"));
        assertTrue(text(dsn).contains("The header of the message is attached."));
    }

    @Test
    void returnsTheHeaderOnlyWhereEightBitOctetsAreSigned() throws Exception {
        String original = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
                + "--s\r\n\r\nb\u00f6b\r\n--s--\r\n";
        MailObject dsn = failure(original, Optional.of(Returned.FULL));
        assertFalse(text(dsn).contains("b\u00f6b"));
        assertEquals(Body.SEVEN_BIT, dsn.envelope().parameters().body());
    }

    @Test
    void becomesAReportWithTheHeaderOnly() throws Exception {
        String original = "Subject: caf\u00e9\r\nMessage-ID: <1@x.test>\r\n\r\nHello B\u00f6b\r\n";
        MailObject dsn = failure(original, Optional.of(Returned.FULL));
        Content smaller = HeaderOnlyReport.of(dsn.content()).orElseThrow();
        MailObject reduced = dsn.withContent(smaller);
        assertLinesAreShort(reduced);
        String text = text(reduced);
        assertFalse(text.contains("Hello"), text);
        assertTrue(text.chars().allMatch(c -> c < 128), text);
        assertTrue(text.contains("The header of the message is attached."));
        assertEquals("failed", field(status(reduced).getRecipientDSN(0), "Action"));
        assertTrue(text.contains("Subject: caf=E9\r\nMessage-ID: <1@x.test>\r\n\r\n--dsn-"), text);
        assertTrue(HeaderOnlyReport.of(smaller).isEmpty(), "once is enough");
        assertTrue(HeaderOnlyReport.of(new Content.InMemory("Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isEmpty());
    }

    /** Such a report may wait in a queue when the server is replaced by a newer one. */
    @Test
    void reducesAReportOfAnEarlierVersion() throws Exception {
        String report = text(failure("Subject: x\r\n\r\nHello\r\n", Optional.of(Returned.FULL)))
                .replace("The message is attached.", "The mail is attached.");
        Content smaller = HeaderOnlyReport.of(new Content.InMemory(report.getBytes(StandardCharsets.ISO_8859_1)))
                .orElseThrow();
        assertTrue(new String(smaller.open().readAllBytes(), StandardCharsets.ISO_8859_1)
                .contains("The header of the mail is attached."));
    }

    private static void assertLinesAreShort(MailObject dsn) throws IOException {
        assertTrue(text(dsn).lines().allMatch(line -> line.length() <= 998));
    }

    @Test
    void streamsLargeMailThroughTheSpool() throws Exception {
        byte[] octets = new byte[5_000_000];
        new Random(6).nextBytes(octets);
        for (int i = 200; i < octets.length; i += 200) {
            octets[i - 1] = '\r';
            octets[i] = '\n';
        }
        System.arraycopy(ORIGINAL.getBytes(StandardCharsets.US_ASCII), 0, octets, 0, ORIGINAL.length());
        Path file = Files.write(folder.resolve("large"), octets);
        QueueItem item = item(ORIGINAL, returning(Optional.of(Returned.FULL)), B)
                .withContent(new Content.InFile(file, octets.length));
        MailObject dsn = write(notice(Notice.Kind.FAILED, item, new Notice.NotifiedRecipient(B, NO_SUCH_USER)));
        assertInstanceOf(Content.InFile.class, dsn.content());
        byte[] written;
        try (InputStream in = dsn.content().open()) {
            written = in.readAllBytes();
        }
        int end = written.length - "\r\n--dsn-01K8000000DSNDSN--\r\n".length();
        assertArrayEquals(octets, Arrays.copyOfRange(written, end - octets.length, end));
    }

    @Test
    void takesAnotherBoundaryIfTheMailHoldsIt() throws Exception {
        for (int before = 16 * 1024 - 40; before < 16 * 1024 + 10; before++) {
            String original = "X: y\r\n\r\n" + "x".repeat(before) + "\r\n--dsn-01K8000000DSNDSN--\r\n";
            MailObject dsn = failure(original, Optional.of(Returned.FULL));
            assertTrue(text(dsn).contains("boundary=\"dsn-01K8000000DSNDSN-1\""), "at " + before);
        }
    }

    @Test
    void letsNoReplyBreakAFieldOrAPart() throws Exception {
        List<String> replies = List.of(
                "550 x\n\nAction: delivered\nStatus: 2.0.0",
                "550 x\r\n\r\n--dsn-01K8000000DSNDSN--\r\n",
                "550 " + "x".repeat(2000),
                "550 " + " ".repeat(1000) + "x",
                "550 \u00fc\u0000\t",
                "no reply at all",
                "");
        for (String reply : replies) {
            Diagnosis odd = new Diagnosis(EnhancedStatus.of("5.0.0"), Optional.of("mx\r\nStatus: 2.0.0"), reply);
            MailObject dsn = write(notice(Notice.Kind.FAILED, item(ORIGINAL), new Notice.NotifiedRecipient(B, odd)));
            for (String line : text(dsn).split("\r\n", -1)) {
                assertTrue(line.length() <= 998, "line of " + line.length());
                assertFalse(line.contains("\n") || line.contains("\r"));
            }
            DeliveryStatus status = status(dsn);
            assertEquals(1, status.getRecipientDSNCount());
            assertEquals("failed", field(status.getRecipientDSN(0), "Action"));
            assertEquals(1, status.getRecipientDSN(0).getHeader("Status").length);
        }
    }

    @Test
    void refersOnlyToAProperMessageId() throws Exception {
        assertTrue(text(failure(ORIGINAL, Optional.empty())).contains("\r\nIn-Reply-To: <1@example.org>\r\n"));
        for (String odd : List.of("<a b@c>", "1@x", "<1@x>\r\n <2@x>", "<" + "x".repeat(300) + "@x>", "<\u00fc@x>")) {
            String dsn = text(failure("Message-ID: " + odd + "\r\n\r\n", Optional.of(Returned.HEADERS)));
            assertFalse(dsn.contains("In-Reply-To"), odd);
        }
    }

    @Test
    void failsAsAWholeIfTheMailCannotBeRead() {
        QueueItem item = item(ORIGINAL).withContent(new Content.InFile(folder.resolve("missing"), 5));
        Notice notice = notice(Notice.Kind.FAILED, item, new Notice.NotifiedRecipient(B, NO_SUCH_USER));
        assertThrows(IOException.class, () -> write(notice));
    }

    private MailObject failure(String original, Optional<Returned> returned) throws IOException {
        return write(notice(
                Notice.Kind.FAILED,
                item(original, returning(returned), B),
                new Notice.NotifiedRecipient(B, NO_SUCH_USER)));
    }

    private static MailParameters returning(Optional<Returned> returned) {
        return MailParameters.NONE.withReturned(returned);
    }

    private MailObject write(Notice notice) throws IOException {
        return DsnWriter.write(notice, FACTS, spool.newContent());
    }

    private static Notice notice(Notice.Kind kind, QueueItem item, Notice.NotifiedRecipient... told) {
        return new Notice(kind, item, List.of(told), Notice.To.SENDER, Optional.empty());
    }

    private static QueueItem item(String original) {
        return item(original, MailParameters.NONE, B);
    }

    private static QueueItem item(String original, MailParameters parameters, Recipient... recipients) {
        QueueItem item = ItemExamples.with(List.of(recipients)).withContent(ItemExamples.content(original));
        Envelope envelope = new Envelope(item.mail().envelope().reversePath(), item.recipients(), parameters);
        Attempt last = Attempt.of(NOW.minusSeconds(1), LATER);
        Progress progress = new Progress(481, List.of(last), Map.of(), Optional.empty());
        return new QueueItem(item.id(), item.mail().withEnvelope(envelope), item.nextHop(), progress);
    }

    private static void assertGolden(String name, MailObject dsn) throws IOException {
        // Line ends are LF in the golden files, so that they can be read as diffs.
        new GoldenFile("dsn/" + name).assertHolds(text(dsn).replace("\r\n", "\n"));
    }

    private static String text(MailObject mail) throws IOException {
        try (InputStream in = mail.content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static MultipartReport report(MailObject dsn) throws IOException, MessagingException {
        try (InputStream in = dsn.content().open()) {
            MimeMessage message = new MimeMessage(Session.getInstance(new Properties()), in);
            assertEquals("auto-replied", message.getHeader("Auto-Submitted", null));
            return assertInstanceOf(MultipartReport.class, message.getContent());
        }
    }

    private static DeliveryStatus status(MailObject dsn) throws IOException, MessagingException {
        MultipartReport report = report(dsn);
        assertEquals(3, report.getCount());
        return assertInstanceOf(DeliveryStatus.class, report.getReport());
    }

    private static String field(InternetHeaders group, String name) {
        String folded = group.getHeader(name, null);
        return MimeUtility.unfold(folded);
    }

    /** The third part as it was received. */
    private static String returned(MailObject dsn) throws IOException, MessagingException {
        MimeMessage returned = report(dsn).getReturnedMessage();
        List<String> lines = new ArrayList<>();
        returned.getAllHeaderLines().asIterator().forEachRemaining(lines::add);
        String header = String.join("\r\n", lines) + "\r\n";
        if (returned instanceof MessageHeaders) {
            return header;
        }
        try (InputStream body = returned.getRawInputStream()) {
            return header + "\r\n" + new String(body.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
