package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.source.message.MailReader.Submitted;
import jakarta.mail.BodyPart;
import jakarta.mail.Multipart;
import jakarta.mail.Session;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What becomes of JSON documents as programs write them: the MIME message that others read, or a refusal. */
class JsonMessageTest {
    private static final SourceLimits LIMITS = new SourceLimits(1000, 1 << 20, 4000, 1 << 20);
    private static final DefaultHeaders STAMP = new DefaultHeaders(
            "postmaster@mx.test", "1@mx.test", ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC));
    private static final String START = "{\"from\":\"a@far.example\",\"to\":\"alice@int.test\",\"text\":\"x\"";

    private record Read(Submitted submitted, byte[] octets) {
        String text() {
            return new String(octets, StandardCharsets.ISO_8859_1);
        }

        MimeMessage mime() throws Exception {
            return new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
        }

        BodyPart part(int index) throws Exception {
            return ((Multipart) mime().getContent()).getBodyPart(index);
        }
    }

    private static Read read(String json) throws InvalidSubmissionException, IOException {
        return read(json, MemoryLease.unlimited());
    }

    private static Read read(String json, MemoryLease memory) throws InvalidSubmissionException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
        Submitted submitted =
                new MailReader(LIMITS).read(new SubmittedForm.Json(in, DsnOptions.NONE), STAMP, out, memory);
        Read read = new Read(submitted, out.toByteArray());
        for (String line : read.text().split("\r\n", -1)) {
            assertTrue(line.length() <= 998, "a line of " + line.length() + ": " + line);
            assertFalse(line.contains("\n") || line.contains("\r"), line);
        }
        return read;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String attachment(String members) {
        return START + ",\"attachments\":[{" + members + "}]}";
    }

    private static byte[] octets(BodyPart part) throws Exception {
        return part.getInputStream().readAllBytes();
    }

    @Test
    void takesNullForWhatIsAbsent() throws Exception {
        Read read = read(START + ",\"headers\":null,\"attachments\":null,\"notify\":null,\"cc\":null,\"bcc\":null,"
                + "\"replyTo\":null,\"subject\":null,\"html\":null,\"messageId\":null,\"returnPath\":null,\"envid\":null,"
                + "\"ret\":null}");
        assertEquals("x", read.mime().getContent());
        Read other = read(START + ",\"headers\":{\"X-A\":null,\"X-B\":\"b\"},\"attachments\":[{\"name\":\"n\","
                + "\"type\":null,\"contentId\":null,\"content\":null}]}");
        assertFalse(other.text().contains("X-A"), other.text());
        assertEquals("b", other.mime().getHeader("X-B", null));
        assertEquals(
                "application/octet-stream; name=\"n\"",
                other.part(1).getContentType().replaceAll("\\s+", " "));
        assertEquals(0, octets(other.part(1)).length);
    }

    @Test
    void keepsOctetsAndTypeOfTextAttachments() throws Exception {
        String xml = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<n>M\u00fcller</n>";
        Read read =
                read(attachment("\"name\":\"invoice.xml\",\"type\":\"text/xml\",\"content\":\"" + base64(xml) + "\""));
        assertArrayEquals(xml.getBytes(StandardCharsets.ISO_8859_1), octets(read.part(1)));
        ContentType type = new ContentType(read.part(1).getContentType());
        assertEquals("text/xml", type.getBaseType());
        assertEquals(null, type.getParameter("charset"));
    }

    @Test
    void anAttachmentNeedsNoName() throws Exception {
        for (String name : List.of("", "\"name\":null,", "\"name\":\"\",")) {
            BodyPart part = read(attachment(name + "\"type\":\"text/calendar; method=REQUEST\",\"content\":\"eA==\""))
                    .part(1);
            assertEquals("text/calendar; method=\"REQUEST\"", part.getContentType());
            assertEquals("attachment", part.getHeader("Content-Disposition")[0]);
        }
    }

    @Test
    void keepsTheParametersOfATypeWhateverTheirForm() throws Exception {
        Read read = read(attachment("\"name\":\"invite.ics\",\"type\":\"text/Calendar ; method=REQUEST; "
                + "charset=\\\"utf-8\\\";x=\\\"a \\\\\\\"b\\\\\\\" ;c\\\"\",\"content\":\"QkVHSU4=\""));
        ContentType type = new ContentType(read.part(1).getContentType());
        assertEquals("text/calendar", type.getBaseType());
        assertEquals("REQUEST", type.getParameter("method"));
        assertEquals("utf-8", type.getParameter("charset"));
        assertEquals("a \"b\" ;c", type.getParameter("x"));
        assertEquals("invite.ics", read.part(1).getFileName());
        Read named = read(attachment("\"type\":\"application/pdf; name=a.pdf\",\"content\":\"eA==\""));
        assertEquals("a.pdf", named.part(1).getFileName());
    }

    @Test
    void showsInlineImagesWithinTheHtml() throws Exception {
        Read read = read(START + ",\"html\":\"<img src='cid:logo'>\",\"attachments\":["
                + "{\"name\":\"l.png\",\"type\":\"image/png\",\"contentId\":\"<logo>\",\"content\":\"eA==\"},"
                + "{\"name\":\"t.pdf\",\"type\":\"application/pdf\",\"content\":\"eQ==\"}]}");
        Multipart mixed = (Multipart) read.mime().getContent();
        Multipart alternative = (Multipart) mixed.getBodyPart(0).getContent();
        Multipart related = (Multipart) alternative.getBodyPart(1).getContent();
        assertTrue(related.getContentType().startsWith("multipart/related"), related.getContentType());
        assertEquals("text/html", new ContentType(related.getContentType()).getParameter("type"));
        assertEquals("x", alternative.getBodyPart(0).getContent());
        assertEquals("<img src='cid:logo'>", related.getBodyPart(0).getContent());
        assertEquals("<logo>", related.getBodyPart(1).getHeader("Content-ID")[0]);
        assertEquals("inline", related.getBodyPart(1).getDisposition());
        assertEquals("t.pdf", mixed.getBodyPart(1).getFileName());
        assertEquals(2, mixed.getCount());
        // Without HTML nothing shows it, and it stays a file.
        assertEquals(
                "l.png",
                read(attachment("\"name\":\"l.png\",\"contentId\":\"logo\",\"content\":\"eA==\""))
                        .part(1)
                        .getFileName());
    }

    @Test
    void doesNotEncodeMessages() throws Exception {
        String message = "Subject: inner\nContent-Type: text/plain; charset=iso-8859-1\n\ngr\u00fcn\n";
        Read read = read(
                attachment("\"content\":\"" + base64(message) + "\",\"name\":\"m.eml\",\"type\":\"message/rfc822\""));
        assertEquals(
                Body.EIGHT_BIT_MIME, read.submitted().envelope().parameters().body());
        assertEquals("8bit", read.mime().getHeader("Content-Transfer-Encoding", null));
        assertEquals("8bit", read.part(1).getHeader("Content-Transfer-Encoding")[0]);
        assertTrue(read.text().contains("\r\n\r\n" + message.replace("\n", "\r\n")), read.text());
        assertEquals("inner", ((MimeMessage) read.part(1).getContent()).getSubject());
        Read plain = read(attachment("\"content\":\"" + base64("Subject: x\r\n\r\ny\r\n")
                + "\",\"name\":\"m.eml\",\"type\":\"message/rfc822\""));
        assertEquals(Body.SEVEN_BIT, plain.submitted().envelope().parameters().body());
        assertEquals("7bit", plain.part(1).getHeader("Content-Transfer-Encoding")[0]);
    }

    @Test
    void readsWhenAndHowUrgentlyItIsToBeSent() throws Exception {
        Read read = read(START + ",\"releaseAt\":\"2026-12-24T18:00:00+01:00\",\"priority\":\"-4\"}");
        MailParameters parameters = read.submitted().envelope().parameters();
        assertEquals(Optional.of(Instant.parse("2026-12-24T17:00:00Z")), parameters.releaseAt());
        assertEquals(-4, parameters.priority());
        for (String bad : List.of(
                "\"releaseAt\":\"2026-12-24\"",
                "\"releaseAt\":\"1\"",
                "\"releaseAt\":\"+999999999-12-31T23:59:59Z\"",
                "\"priority\":\"10\"")) {
            assertThrows(InvalidSubmissionException.class, () -> read(START + "," + bad + "}"), bad);
        }
    }

    @Test
    void givesTheMessageTheIdThatItIsGiven() throws Exception {
        for (String json : List.of(
                START + ",\"messageId\":\"order-1@shop.example\"}",
                START + ",\"messageId\":\"<order-1@shop.example>\"}",
                START + ",\"headers\":{\"message-ID\":\"<order-1@shop.example>\"}}")) {
            Read read = read(json);
            assertEquals("<order-1@shop.example>", read.mime().getMessageID());
            assertEquals(1, read.mime().getHeader("Message-ID").length);
            assertEquals(Optional.of("order-1@shop.example"), read.submitted().messageId());
        }
        assertEquals(Optional.of("1@mx.test"), read(START + "}").submitted().messageId());
    }

    @Test
    void writesNoLineThatIsTooLong() throws Exception {
        String word = "x".repeat(5000);
        assertEquals(word, read(START + ",\"subject\":\"" + word + "\"}").mime().getSubject());
        String words = "ab cd  efg ".repeat(400).strip();
        assertEquals(
                words, read(START + ",\"subject\":\"" + words + "\"}").mime().getSubject());
        String chinese = "\u8acb\ud83d\ude00".repeat(500);
        assertEquals(
                chinese,
                read(START + ",\"subject\":\"" + chinese + "\"}").mime().getSubject());
        String gap = "a" + " ".repeat(2000) + "b";
        assertEquals(gap, read(START + ",\"subject\":\"" + gap + "\"}").mime().getSubject());
        for (String value : List.of(word, words, chinese, "a: " + "b".repeat(890) + ": " + "c".repeat(890))) {
            String field = read(START + ",\"headers\":{\"" + "X".repeat(76) + "\":\"" + value + "\"}}")
                    .mime()
                    .getHeader("X".repeat(76), null);
            assertEquals(value, MimeUtility.decodeText(MimeUtility.unfold(field)));
        }
        String name = "N\u00e4me ".repeat(300).strip();
        Read named = read("{\"from\":\"" + name + " <a@far.example>\",\"to\":\"" + "y".repeat(3000)
                + " <alice@int.test>\",\"text\":\"x\"}");
        assertEquals(name, ((InternetAddress) named.mime().getFrom()[0]).getPersonal());
        assertEquals("y".repeat(3000), ((InternetAddress) named.mime().getAllRecipients()[0]).getPersonal());
    }

    @Test
    void writesLongFileNamesInPieces() throws Exception {
        for (String name : List.of(
                "\u8acb".repeat(100) + ".pdf", "n".repeat(900) + ".pdf", "Rech\u00fcng 'a' %41.pdf", "a\"\\b;c.pdf")) {
            String json = name.replace("\\", "\\\\").replace("\"", "\\\"");
            BodyPart part = read(attachment(
                            "\"name\":\"" + json + "\",\"type\":\"application/pdf\",\"content\":\"eA==\""))
                    .part(1);
            assertEquals(name, part.getFileName());
            assertEquals(name, new ContentType(part.getContentType()).getParameter("name"));
        }
    }

    @Test
    void encodesTheNamesAndNotTheAddressesOfOtherFields() throws Exception {
        Read read = read(START + ",\"headers\":{\"Disposition-Notification-To\":\"J\u00fcrgen <j@far.example>\","
                + "\"X-Owner\":\"\\\"M\u00fcller, J\u00f6rg\\\" <m@far.example>, b@far.example\","
                + "\"X-Note\":\"gr\u00fcn und blau: a@b.example\",\"X-Two\":\"gr\u00fcn bl\u00e4u x\"}}");
        assertEquals(
                "=?UTF-8?Q?J=C3=BCrgen?= <j@far.example>", read.mime().getHeader("Disposition-Notification-To", null));
        InternetAddress[] owners = InternetAddress.parse(read.mime().getHeader("X-Owner", null));
        assertEquals("m@far.example", owners[0].getAddress());
        assertEquals("M\u00fcller, J\u00f6rg", owners[0].getPersonal());
        assertEquals("b@far.example", owners[1].getAddress());
        assertEquals("=?UTF-8?Q?gr=C3=BCn?= und blau: a@b.example", read.mime().getHeader("X-Note", null));
        assertEquals("gr\u00fcn bl\u00e4u x", MimeUtility.decodeText(read.mime().getHeader("X-Two", null)));
    }

    @Test
    void takesBase64AsProgramsFoldIt() throws Exception {
        byte[] file = new byte[10_000];
        for (int i = 0; i < file.length; i++) {
            file[i] = (byte) (i * 31);
        }
        String folded = Base64.getMimeEncoder().encodeToString(file).replace("\r\n", "\\r\\n \\t");
        for (String content : List.of(folded, folded.replaceAll("=+$", ""), folded.replace("/", "\\/"))) {
            assertArrayEquals(
                    file,
                    octets(read(attachment("\"name\":\"f\",\"content\":\"" + content + "\""))
                            .part(1)));
        }
    }

    @Test
    void readsTextOfAnyCharacters() throws Exception {
        String text = "\u00e4\u8acb\ud83d\ude00 \u0001 \"quoted\" \\ /\r\nx\r\n.\r\n" + "l".repeat(20_000);
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
        assertEquals(
                text,
                read("{\"from\":\"a@far.example\",\"to\":\"alice@int.test\",\"text\":\"" + escaped + "\"}")
                        .mime()
                        .getContent());
        assertEquals(
                "\ufffd-\ufffdx",
                read("\ufeff " + START.replace("\"x\"", "\"\\ud800-\\udc00x\"") + "}")
                        .mime()
                        .getContent());
    }

    private record Refused(Fault fault, String reason, String json) {}

    @TestFactory
    Stream<DynamicTest> refuses() {
        String many = "\"a@b.example\",".repeat(100_000) + "\"a@b.example\"";
        return Stream.of(
                        new Refused(
                                Fault.TOO_LARGE, "more than 1000 recipients", "{\"to\":[" + many.substring(0, 60_000)),
                        new Refused(
                                Fault.TOO_LARGE,
                                "more than",
                                "{\"to\":\"" + "a@b.example,".repeat(20_000) + "a@b.example\"}"),
                        new Refused(Fault.TOO_LARGE, "more than", "{\"to\":\"" + ",".repeat(200_000) + "\"}"),
                        new Refused(
                                Fault.TOO_LARGE, "subject of more", START + ",\"subject\":\"" + "x".repeat(900_000)),
                        new Refused(
                                Fault.TOO_LARGE,
                                "more than 100 headers",
                                START + ",\"headers\":{" + headers(101) + "}}"),
                        new Refused(
                                Fault.TOO_LARGE,
                                "header fields and names",
                                START + ",\"headers\":{"
                                        + headers(50).replace("\"v\"", "\"" + "v".repeat(15_000) + "\"") + "}}"),
                        new Refused(Fault.TOO_LARGE, "the name of a member", "{\"" + "x".repeat(300) + "\":1}"),
                        new Refused(Fault.UNACCEPTABLE, "an attachment is no JSON", START + ",\"attachments\":[null]}"),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "to holds what is no",
                                START.replace("\"alice@int.test\"", "[null]")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "content of an attachment",
                                attachment("\"name\":\"x\",\"content\":\"eA=\"")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "content of an attachment",
                                attachment("\"name\":\"x\",\"content\":\"eA==eA==\"")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "attachment x of type text/plain; boundary",
                                attachment("\"name\":\"x\",\"type\":\"text/plain; boundary=x\"")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "attachment x of type text/plain??X",
                                attachment("\"name\":\"x\",\"type\":\"text/plain\\r\\nX: y\"")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "contentId a b",
                                attachment("\"name\":\"x\",\"contentId\":\"a b\"")),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "contentId i twice",
                                START + ",\"attachments\":[{\"name\":\"x\",\"contentId\":\"i\"},"
                                        + "{\"name\":\"y\",\"contentId\":\"<i>\"}]}"),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "attachment x: a carriage return",
                                attachment("\"name\":\"x\",\"type\":\"message/rfc822\",\"content\":\"" + base64("a\rb")
                                        + "\"")),
                        new Refused(
                                Fault.TOO_LARGE,
                                "attachment x: a line of more",
                                attachment("\"name\":\"x\",\"type\":\"message/rfc822\",\"content\":\""
                                        + base64("a".repeat(5000)) + "\"")),
                        new Refused(Fault.UNACCEPTABLE, "messageId x", START + ",\"messageId\":\"x\"}"),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "messageId <a@b>??X",
                                START + ",\"messageId\":\"<a@b>\\r\\nX: y\"}"),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "a word of more than",
                                START + ",\"headers\":{\"List-Unsubscribe\":\"<" + "u".repeat(2000) + ">\"}}"),
                        new Refused(
                                Fault.UNACCEPTABLE,
                                "malformed address in header Errors-To",
                                START + ",\"headers\":{\"Errors-To\":\"\u00e4@b.example\"}}"),
                        new Refused(Fault.MALFORMED, "not JSON at line 2, column 2", START + ",\n 'x'}"),
                        new Refused(Fault.MALFORMED, "not JSON", START + ",}"),
                        new Refused(Fault.MALFORMED, "not JSON", START + ",\"headers\":nul}"),
                        new Refused(Fault.MALFORMED, "not JSON", START + ",\"subject\":\"a\nb\"}"),
                        new Refused(Fault.MALFORMED, "not JSON", START + ",\"subject\":\"\\u12g4\"}"),
                        new Refused(Fault.MALFORMED, "not JSON", START + ",\"subject\":\"\\x\"}"))
                .map(row -> DynamicTest.dynamicTest(row.reason(), () -> {
                    InvalidSubmissionException refusal =
                            assertThrows(InvalidSubmissionException.class, () -> read(row.json()));
                    assertTrue(refusal.reason().startsWith(row.reason()), refusal.reason());
                    assertEquals(row.fault(), refusal.fault(), refusal.reason());
                }));
    }

    private static String headers(int count) {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < count; i++) {
            headers.append(i == 0 ? "" : ",").append("\"X-").append(i).append("\":\"v\"");
        }
        return headers.toString();
    }

    @Test
    void holdsWhatIsReadOfItsShareUntilTheLeaseIsClosed() throws Exception {
        MemoryShare share = new MemoryShare("input", 300_000);
        MemoryLease lease = share.lease();
        String to = "\"to\":[" + "\"a@b.example\",".repeat(200) + "\"a@b.example\"]";
        read(START.replace("\"to\":\"alice@int.test\"", to) + "}", lease);
        assertTrue(share.free() < 200_000, "free: " + share.free());
        MemoryLease second = share.lease();
        MemoryExhaustedException full = assertThrows(
                MemoryExhaustedException.class,
                () -> read(START.replace("\"to\":\"alice@int.test\"", to) + "}", second));
        assertFalse(full.isForGood());
        lease.close();
        second.close();
        assertEquals(300_000, share.free());
        MemoryLease tooMuch = new MemoryShare("input", 70_000).lease();
        InvalidSubmissionException never = assertThrows(
                InvalidSubmissionException.class,
                () -> read(START.replace("\"to\":\"alice@int.test\"", to) + "}", tooMuch));
        assertEquals(Fault.TOO_LARGE, never.fault());
    }
}
