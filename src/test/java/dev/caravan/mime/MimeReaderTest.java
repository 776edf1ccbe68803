package dev.caravan.mime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mime.MimeReader.Limits;
import dev.caravan.mime.ReadMessage.Attachment;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MimeReaderTest {
    private static final Limits LIMITS = new Limits(1000, 20, 10_000);

    private final List<ByteArrayOutputStream> kept = new ArrayList<>();

    private ReadMessage read(byte[] octets) throws IOException {
        return read(new ByteArrayInputStream(octets));
    }

    private ReadMessage read(InputStream in) throws IOException {
        return MimeReader.read(in, LIMITS, about -> {
            kept.add(new ByteArrayOutputStream());
            return kept.get(kept.size() - 1);
        });
    }

    private ReadMessage read(String text) throws IOException {
        return read(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String part(String header, String body) {
        return "--b\n" + header + "\n" + body + "\n";
    }

    private ReadMessage mixed(String... parts) throws IOException {
        return read("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n"
                + String.join("", parts) + "--b--\nepilogue\n");
    }

    @Test
    void decodesFieldsAndText() throws Exception {
        ReadMessage message = read(
                "From: =?UTF-8?Q?J=C3=BCrgen?= <j@far.example>\n"
                        + "Subject: =?utf-8?B?R3LDvMOfZQ==?=\n =?iso-8859-1?q?_aus_K=F6ln?=\nX-Other: no\n"
                        + "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nsch=F6n=\n er\n");
        assertEquals("Jürgen <j@far.example>", message.fields().get("from"));
        assertEquals("Grüße aus Köln", message.fields().get("subject"));
        assertEquals(2, message.fields().size());
        assertEquals(Optional.of("schön er\r\n"), message.text());
        assertEquals(Optional.empty(), message.incomplete());
    }

    @Test
    void findsPlainAndHtmlAndAttachments() throws Exception {
        ReadMessage message = mixed(
                "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nplain\n"
                        + "--c\nContent-Type: text/html\n\n<p>page\n--c--\n",
                part(
                        "Content-Type: image/png; name=a.png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n",
                        "AAEC"),
                part("Content-Type: text/csv\nContent-Disposition: attachment; filename=\"b.csv\"\n", "a,b"),
                part("Content-Type: message/rfc822\n", "Subject: inner\n\nhello"));
        assertEquals(Optional.of("plain"), message.text());
        assertEquals(Optional.of("<p>page"), message.html());
        assertEquals(
                List.of(
                        new Attachment(1, "a.png", "image/png", Optional.of("logo@x"), 3),
                        new Attachment(2, "b.csv", "text/csv", Optional.empty(), 3),
                        new Attachment(3, "", "message/rfc822", Optional.empty(), 23)),
                message.attachments());
        assertEquals("a,b", kept.get(1).toString(StandardCharsets.US_ASCII));
        assertEquals("Subject: inner\r\n\r\nhello", kept.get(2).toString(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "attachment; filename=plain.txt|plain.txt",
                "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv|größe.csv",
                "attachment; filename*0*=UTF-8''gr%C3%B6; filename*1*=%C3%9Fe; filename*2=.csv|größe.csv",
                "attachment; filename=\"=?UTF-8?Q?gr=C3=B6=C3=9Fe.csv?=\"|größe.csv",
                "attachment; filename=\"../../etc/passwd\"|passwd",
                "attachment; filename=\"C:\\\\temp\\\\x.exe\"|x.exe",
                "attachment; filename=\"a\u0007b.txt\"|a b.txt",
                "attachment; filename=\"evil\u00e2\u0080\u00aegpj.exe\"|evilgpj.exe",
            })
    void readsNames(String disposition, String name) throws Exception {
        ReadMessage message = mixed(part("Content-Disposition: " + disposition + "\n", "x"));
        assertEquals(name, message.attachments().get(0).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "größe.csv|1-gr__e.csv",
                "..|1-..",
                "''|1",
                "a b;rm -rf|1-a_b_rm_-rf",
            })
    void makesSafeFileNames(String name, String file) {
        assertEquals(file, new Attachment(1, name, "text/plain", Optional.empty(), 0).fileName());
        assertTrue(new Attachment(1, "x".repeat(200) + ".pdf", "x/y", Optional.empty(), 0)
                .fileName()
                .endsWith("x.pdf"));
    }

    @Test
    void takesWhatIsWronglyLabelledForWhatItCanBe() throws Exception {
        byte[] utf8 = "grün".getBytes(StandardCharsets.UTF_8);
        for (String label : List.of("", "; charset=us-ascii", "; charset=no-such", "; charset=\"", "; charset=utf-8")) {
            byte[] header = ("Content-Type: text/plain" + label + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
            ReadMessage message =
                    read(new SequenceInputStream(new ByteArrayInputStream(header), new ByteArrayInputStream(utf8)));
            assertEquals(Optional.of("grün"), message.text(), label);
        }
        ReadMessage latin = read("Content-Type: text/plain; charset=utf-8\n\ngr\u00fcn");
        assertEquals(Optional.of("grün"), latin.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"base64", "quoted-printable", "x-uuencode", "BASE64", ""})
    void readsBadEncodings(String encoding) throws Exception {
        ReadMessage message = mixed(part(
                "Content-Type: application/pdf\nContent-Transfer-Encoding: " + encoding + "\n",
                "%%%=ZZ\u0000=\n====\n!!"));
        assertEquals(1, message.attachments().size());
        assertEquals(kept.get(0).size(), message.attachments().get(0).octets());
    }

    @Test
    void stopsAtTooManyParts() throws Exception {
        String[] parts = Collections.nCopies(100_000, part("Content-Type: image/gif\n", "x"))
                .toArray(String[]::new);
        ReadMessage message = mixed(parts);
        assertEquals(Optional.of("more than 1000 parts"), message.incomplete());
        assertEquals(1000, message.attachments().size());
    }

    @Test
    void stopsAtPartsThatAreNestedTooDeeply() throws Exception {
        StringBuilder text = new StringBuilder("MIME-Version: 1.0\n");
        for (int i = 0; i < 10_000; i++) {
            text.append("Content-Type: multipart/mixed; boundary=b")
                    .append(i)
                    .append("\n\n--b")
                    .append(i)
                    .append('\n');
        }
        ReadMessage message =
                read(text.append("Content-Type: text/plain\n\nhello\n").toString());
        assertEquals(Optional.of("parts within parts, more than 20 deep"), message.incomplete());
    }

    @Test
    void stopsReadingTextAtItsLimit() throws Exception {
        ReadMessage message = read("Subject: x\n\n" + "line of text\n".repeat(10_000));
        assertEquals(10_000, message.text().orElseThrow().length());
        assertEquals(Optional.of("more than 10000 octets of text"), message.incomplete());
    }

    @Test
    void readsHeadersOfAnySize() throws Exception {
        ReadMessage many = read("X-Filler: y\n".repeat(20_000) + "Subject: x\n\nhello\n");
        assertTrue(many.incomplete().isPresent());
        ReadMessage long1 = read("Subject: " + "x".repeat(3_000_000) + "\n\nhello\n");
        assertTrue(long1.incomplete().isPresent());
        ReadMessage folded = read("Subject: x\n" + " y\n".repeat(10_000) + "\nhello\n");
        assertTrue(folded.fields().get("subject").length() <= 16 * 1024);
    }

    @Test
    void readsWhatEndsEarly() throws Exception {
        ReadMessage message =
                read("Content-Type: multipart/mixed; boundary=b\n\n" + part("Content-Type: text/plain\n", "hello"));
        assertEquals(Optional.of("hello\r\n"), message.text());
        assertEquals(Optional.empty(), read("").text().filter(text -> !text.isEmpty()));
        assertEquals(
                List.of(),
                read("Content-Type: multipart/mixed\n\nno boundary\n").attachments().stream()
                        .filter(about -> about.octets() < 0)
                        .toList());
    }

    @Test
    void leavesNoLineBreakInFields() throws Exception {
        ReadMessage message = read("Subject: =?utf-8?Q?a=0D=0ABcc:_b@far.example?=\n\n");
        assertEquals("a Bcc: b@far.example", message.fields().get("subject"));
    }

    @Test
    void neverFailsForWhatAMessageSays() throws Exception {
        Random random = new Random(4711);
        String whole = "From: a@b\nContent-Type: multipart/mixed; boundary=\"b\"\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\n\n"
                + part("Content-Type: text/plain; charset=utf-16\n", "\u0000h\u0000i")
                + part(
                        "Content-Type: image/png; name*0*=utf-8''%41; name*1=b\nContent-Transfer-Encoding: base64\n",
                        "QUJD")
                + "--b--\n";
        for (int round = 0; round < 3000; round++) {
            byte[] octets = whole.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < 1 + round % 8; i++) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
            }
            kept.clear();
            read(octets);
        }
    }

    @Test
    void failsIfAnAttachmentCannotBeWritten() {
        byte[] octets = "Content-Type: image/png\r\n\r\nx".getBytes(StandardCharsets.US_ASCII);
        IOException failure = assertThrows(
                IOException.class,
                () -> MimeReader.read(new ByteArrayInputStream(octets), LIMITS, about -> new OutputStream() {
                    @Override
                    public void write(int octet) throws IOException {
                        throw new IOException("no space");
                    }
                }));
        assertEquals("no space", failure.getMessage());
    }

    @Test
    void readsNamesInEveryCharsetOfThisJvm() throws Exception {
        for (Charset charset : Charset.availableCharsets().values()) {
            read("Subject: =?" + charset.name() + "?B?R3LDvMOfZQ==?=\nContent-Type: text/plain; charset="
                    + charset.name() + "\n\nhello\n");
        }
    }
}
