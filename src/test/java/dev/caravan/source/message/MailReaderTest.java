package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.Notify;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import jakarta.mail.BodyPart;
import jakarta.mail.Multipart;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What becomes a mail, with which envelope, and what does not. */
class MailReaderTest {
    private static final SourceLimits LIMITS = new SourceLimits(3, 4000, 1000, 3000);
    private static final DefaultHeaders STAMP = new DefaultHeaders(
            "postmaster@mx.test", "1@mx.test", ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC));

    private record Read(Envelope envelope, String content) {
        String from() {
            return envelope.reversePath().address();
        }

        List<String> to() {
            return envelope.recipients().stream().map(r -> r.path().address()).toList();
        }

        MimeMessage mime() throws Exception {
            return new MimeMessage(
                    Session.getInstance(new Properties()),
                    new ByteArrayInputStream(content.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    private static Read read(SubmittedForm handed) throws InvalidSubmissionException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Envelope envelope = new MailReader(LIMITS)
                .read(handed, STAMP, out, MemoryLease.unlimited())
                .envelope();
        return new Read(envelope, out.toString(StandardCharsets.ISO_8859_1));
    }

    private static SubmittedForm whole(String mail, EnvelopeOverride envelope) {
        return new SubmittedForm.Whole(new ByteArrayInputStream(mail.getBytes(StandardCharsets.UTF_8)), envelope);
    }

    private static SubmittedForm json(String json) {
        return new SubmittedForm.Json(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), DsnOptions.NONE);
    }

    private static EnvelopeOverride envelope(String from, String... to) {
        return new EnvelopeOverride(Optional.of(from), List.of(to), DsnOptions.NONE);
    }

    @Test
    void takesAWholeMailAsItIsWithTheEnvelopeBesideIt() throws Exception {
        String mail = "Date: x\r\nFrom: <other@far.test>\r\nMessage-ID: <i>\r\nTo: z@far.test\r\n\r\n.\r\nhello\r\n";
        Read read = read(whole(mail, envelope("<a@far.test>", "b@far.test, C <c@far.test>")));
        assertEquals(mail, read.content());
        assertEquals("a@far.test", read.from());
        assertEquals(List.of("b@far.test", "c@far.test"), read.to());
    }

    @Test
    void takesTheEnvelopeFromTheHeaderAndHidesBlindRecipients() throws Exception {
        String mail = """
                Sender: Robot <robot@far.test>
                From: Anna <anna@far.test>, bert@far.test
                To: Team: b@far.test,
                 "C, D" <c@far.test>;
                Bcc: d@far.test,
                \tb@far.test
                Subject: x

                Bcc: this is text
                """;
        Read read = read(whole(mail, EnvelopeOverride.NONE));
        assertEquals("robot@far.test", read.from());
        assertEquals(List.of("b@far.test", "c@far.test", "d@far.test"), read.to());
        assertFalse(read.content().contains("d@far.test"), read.content());
        assertTrue(read.content().endsWith("\r\n\r\nBcc: this is text\r\n"), read.content());
        assertTrue(read.content().contains("Subject: x\r\nDate: Fri, 2 Jan 2026 03:04:05 +0000\r\nMessage-ID: "));
    }

    @Test
    void takesNoRecipientFromBehindTheHeader() {
        InvalidSubmissionException refusal = assertThrows(
                InvalidSubmissionException.class,
                () -> read(whole("From: a@far.test\nhello\nTo: b@far.test\n\nx\n", EnvelopeOverride.NONE)));
        assertTrue(refusal.reason().startsWith("no recipient"), refusal.reason());
    }

    @Test
    void addsTheSenderAsAuthorWhereThereIsNone() throws Exception {
        assertTrue(read(whole("hello\n", envelope("a@far.test", "b@far.test")))
                .content()
                .contains("From: <a@far.test>\r\n"));
        Read read = read(whole("hello\n", envelope("<>", "b@far.test")));
        assertTrue(read.content().contains("From: <postmaster@mx.test>\r\n"), read.content());
        assertTrue(read.envelope().reversePath().isNull());
    }

    @Test
    void notesOctetsThatNeedEightBits() throws Exception {
        Read read = read(whole("Subject: x\n\ngrün\n", envelope("a@far.test", "b@far.test")));
        assertEquals(
                MailParameters.Body.EIGHT_BIT_MIME, read.envelope().parameters().body());
    }

    @Test
    void makesMimeOfJson() throws Exception {
        Read read = read(json("""
                {"from": "Café <shop@far.test>", "to": ["Ann <a@far.test>"], "bcc": "b@far.test", "replyTo": "r@far.test",
                 "subject": "Grüße", "text": "Hallo\\n.\\nWelt ü", "html": "<p>Hallo</p>",
                 "attachments": [{"name": "ü.txt", "type": "text/plain", "content": "aGVs\\nbG8="}],
                 "headers": {"X-Order": "4711 €"}, "envid": "order=4711", "notify": ["success", "failure"], "ret": "hdrs",
                 "returnPath": "bounces@far.test"}
                """));
        assertEquals("bounces@far.test", read.from());
        assertEquals(List.of("a@far.test", "b@far.test"), read.to());
        assertEquals(
                Notify.of(Notify.Condition.SUCCESS, Notify.Condition.FAILURE),
                read.envelope().recipients().get(0).notification());
        assertEquals(Optional.of("order=4711"), read.envelope().parameters().envelopeId());
        MimeMessage mail = read.mime();
        assertEquals("Grüße", mail.getSubject());
        assertEquals("Café <shop@far.test>", mail.getFrom()[0].toString().replace("=?UTF-8?Q?Caf=C3=A9?=", "Café"));
        assertEquals(1, mail.getAllRecipients().length);
        assertEquals("<1@mx.test>", mail.getMessageID());
        assertEquals(List.of("Fri, 2 Jan 2026 03:04:05 +0000"), List.of(mail.getHeader("Date")));
        Multipart mixed = (Multipart) mail.getContent();
        Multipart said = (Multipart) mixed.getBodyPart(0).getContent();
        assertEquals("Hallo\r\n.\r\nWelt ü", said.getBodyPart(0).getContent());
        assertEquals("<p>Hallo</p>", said.getBodyPart(1).getContent());
        BodyPart file = mixed.getBodyPart(1);
        assertEquals("ü.txt", jakarta.mail.internet.MimeUtility.decodeText(file.getFileName()));
        assertEquals("hello", new String(file.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        assertTrue(read.content().chars().allMatch(c -> c < 128));
        assertFalse(read.content().replace("\r\n", "").contains("\n"), "every line ends with CRLF");
        assertFalse(read.content().contains("b@far.test"));
    }

    @Test
    void makesAMailOfText() throws Exception {
        Read read = read(new SubmittedForm.Text(
                "one\ntwo",
                "a@far.test",
                List.of("b@far.test"),
                List.of(),
                List.of("c@far.test"),
                Optional.of("s"),
                new DsnOptions(Optional.of("id 1"), Optional.of("never"), Optional.empty())));
        assertEquals(List.of("b@far.test", "c@far.test"), read.to());
        assertEquals("one\r\ntwo", read.mime().getContent());
        assertTrue(read.envelope().recipients().get(0).notification().isNever());
        assertEquals(Optional.of("id 1"), read.envelope().parameters().envelopeId());
    }

    private record Refused(Fault fault, String reason, SubmittedForm handed) {}

    @TestFactory
    Stream<DynamicTest> refuses() {
        String start = "{\"from\":\"a@far.test\",\"to\":\"b@far.test\",";
        return Stream.of(
                        new Refused(
                                Fault.UNACCEPTABLE, "no sender", whole("To: b@far.test\n\n", EnvelopeOverride.NONE)),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "malformed address in to",
                                whole("x\n", envelope("a@far.test", "b@-far.test"))),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "malformed address in to",
                                whole("x\n", envelope("a@far.test", "b..b@far.test"))),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "a mail with resent-to",
                                whole("From: a@far.test\nResent-To: b@far.test\n\n", EnvelopeOverride.NONE)),
                        new Refused(
                                Fault.TOO_LARGE,
                                "4 recipients (expected: <= 3)",
                                whole("x\n", envelope("<>", "a@t.test,b@t.test,c@t.test,d@t.test"))),
                        new Refused(
                                Fault.TOO_LARGE,
                                "a line of more than 1000",
                                whole("x".repeat(1001), envelope("<>", "a@t.test"))),
                        new Refused(
                                Fault.TOO_LARGE,
                                "a mail of more than 4000",
                                whole("12345678\n".repeat(500), envelope("<>", "a@t.test"))),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "a carriage return within",
                                whole("x\n\na\rb\n", envelope("<>", "a@t.test"))),
                        new Refused(Fault.MALFORMED, "not JSON at line 1, column", json("{\"from\":")),
                        new Refused(Fault.MALFORMED, "not JSON at line 1", json("{} {}")),
                        new Refused(Fault.MALFORMED, "not JSON at line 1", json(start + "\"to\":\"c@far.test\"}")),
                        new Refused(Fault.UNACCEPTABLE, "the document is no JSON object", json("[".repeat(100))),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "to holds what is no string",
                                json("{\"to\":" + "[".repeat(1000) + "]".repeat(1000) + "}")),
                        new Refused(Fault.TOO_LARGE, "JSON of more", json(" ".repeat(3001))),
                        new Refused(Fault.UNACCEPTABLE, "the document is no JSON object", json("[]")),
                        new Refused(Fault.UNACCEPTABLE, "no from", json("{\"to\":\"b@far.test\"}")),
                        new Refused(Fault.UNACCEPTABLE, "unknown mailFrom in", json(start + "\"mailFrom\":\"\"}")),
                        new Refused(Fault.UNACCEPTABLE, "subject is no string", json(start + "\"subject\":1}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "control characters in subject",
                                json(start + "\"subject\":\"x\\r\\nBcc: c@far.test\"}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "header Bcc",
                                json(start + "\"headers\":{\"Bcc\":\"c@far.test\"}}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "header X: y",
                                json(start + "\"headers\":{\"X: y\":\"c@far.test\"}}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "control characters in header X",
                                json(start + "\"headers\":{\"X\":\"\\n\"}}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "content of an attachment",
                                json(start + "\"attachments\":[{\"name\":\"x\",\"content\":\"!\"}]}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "attachment x of type multipart/mixed",
                                json(start + "\"attachments\":[{\"name\":\"x\",\"type\":\"multipart/mixed\"}]}")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "malformed envelope or correlation id",
                                json(start + "\"envid\":\"é\"}")),
                        new Refused(Fault.UNACCEPTABLE, "unknown notify", json(start + "\"notify\":\"always\"}")),
                        new Refused(Fault.UNACCEPTABLE, "unknown ret", json(start + "\"ret\":\"all\"}")))
                .map(row -> DynamicTest.dynamicTest(row.reason(), () -> {
                    InvalidSubmissionException refusal =
                            assertThrows(InvalidSubmissionException.class, () -> read(row.handed()));
                    assertTrue(refusal.reason().startsWith(row.reason()), refusal.reason());
                    assertEquals(row.fault(), refusal.fault(), refusal.reason());
                }));
    }
}
