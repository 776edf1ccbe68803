package dev.caravan.dsn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mime.SevenBitMessage;
import dev.caravan.outcome.Notice;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports about messages with addresses and headers in UTF-8 (RFC 6533). */
class Utf8DsnTest {
    private static final DsnContext FACTS = new DsnContext(
            new Domain("mx.caravan.example"), Instant.parse("2026-01-31T10:15:31Z"), new MailId("01K8000000DSNDSN"));
    private static final Diagnosis UNFIT =
            Diagnosis.ours("5.6.7", "mx.example.net does not accept an address in UTF-8");
    private static final String GREETING = "Subject: gr\u00fc\u00dfe\r\nMessage-ID: <1@x.test>\r\n\r\nHello\r\n";

    @TempDir
    Path folder;

    private MailObject report(String sender, Recipient recipient, MailParameters parameters, String original)
            throws IOException {
        QueueItem item = ItemExamples.with(List.of(recipient))
                .withContent(new Content.InMemory(original.getBytes(StandardCharsets.UTF_8)));
        Envelope envelope = new Envelope(ReversePath.of(Mailbox.parse(sender)), List.of(recipient), parameters);
        Notice notice = new Notice(
                Notice.Kind.FAILED,
                item.withMail(item.mail().withEnvelope(envelope)),
                List.of(new Notice.NotifiedRecipient(recipient, UNFIT)),
                Notice.To.SENDER,
                Optional.empty());
        return DsnWriter.write(notice, FACTS, new Spool(folder, 1 << 20, 1 << 20).newContent());
    }

    private static String text(Content content) throws IOException {
        try (InputStream in = content.open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static MailParameters utf8() {
        return MailParameters.NONE.withUtf8(true).withReturned(Optional.of(Returned.FULL));
    }

    @Test
    void haveAddressesAndHeaderAsTheyAre() throws IOException {
        Recipient recipient = new Recipient(
                Recipient.of("用户@far.example").path(),
                Notify.DEFAULT,
                Optional.of(new OriginalRecipient("utf-8", "ü+1@x.example")));
        MailObject dsn = report("jürgen@bücher.example", recipient, utf8(), GREETING);
        String text = text(dsn.content());
        assertTrue(dsn.envelope().parameters().isUtf8());
        assertEquals(Body.EIGHT_BIT_MIME, dsn.envelope().parameters().body());
        assertTrue(text.contains("\r\nTo: <jürgen@bücher.example>\r\n"), text);
        assertTrue(text.contains("report-type=global-delivery-status;"), text);
        assertTrue(text.contains("\r\nOriginal-Recipient: utf-8; ü\\x{2B}1@x.example\r\n"), text);
        assertTrue(text.contains("\r\nFinal-Recipient: utf-8; 用户@far.example\r\n"), text);
        assertTrue(
                text.contains("Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + GREETING),
                text);
    }

    @Test
    void needNoExtensionForASenderInAscii() throws IOException {
        MailObject dsn = report("a@example.org", Recipient.of("用户@far.example"), utf8(), GREETING);
        String text = text(dsn.content());
        assertFalse(dsn.envelope().parameters().isUtf8());
        String header = text.substring(0, text.indexOf("\r\n\r\n"));
        assertTrue(header.chars().allMatch(c -> c < 128), header);
        assertTrue(header.contains("\r\nSubject: Undelivered mail: =?utf-8?B?"), header);
        assertTrue(text.contains("\r\nFinal-Recipient: utf-8; 用户@far.example\r\n"), text);
    }

    @Test
    void reachAServerOfSevenBits() throws IOException {
        MailObject dsn = report("a@example.org", Recipient.of("用户@far.example"), utf8(), GREETING);
        SevenBitMessage converted = SevenBitMessage.of(dsn.content()::open);
        assertTrue(converted.isSevenBit());
        String text = new String(converted.open().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(text.contains("Content-Type: message/global\r\nContent-Transfer-Encoding: "), text);
    }

    @Test
    void haveAddressesInAsciiForAMessageWithoutTheExtension() throws IOException {
        Recipient recipient = new Recipient(
                Recipient.of("b@far.example").path(),
                Notify.DEFAULT,
                Optional.of(new OriginalRecipient("utf-8", "ü@x.example")));
        MailObject dsn = report("a@example.org", recipient, MailParameters.NONE, "Subject: x\r\n\r\n");
        String text = text(dsn.content());
        assertTrue(text.contains("report-type=delivery-status;"), text);
        assertTrue(text.contains("\r\nOriginal-Recipient: utf-8; \\x{FC}@x.example\r\n"), text);
        assertTrue(text.contains("\r\nFinal-Recipient: rfc822; b@far.example\r\n"), text);
        assertTrue(text.contains("\r\nContent-Type: message/delivery-status\r\n"), text);
    }

    @Test
    void canBeReducedToTheHeader() throws IOException {
        MailObject dsn = report("a@example.org", Recipient.of("用户@far.example"), utf8(), GREETING);
        String text = text(HeaderOnlyReport.of(dsn.content()).orElseThrow());
        assertTrue(text.chars().allMatch(c -> c < 128), text);
        assertTrue(
                text.contains("Content-Type: message/global-headers\r\nContent-Transfer-Encoding: quoted-printable"),
                text);
        assertTrue(text.contains("Subject: gr=C3=BC=C3=9Fe\r\n"), text);
        assertFalse(text.contains("Hello"), text);
    }
}
