package dev.caravan.mime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mime.FooterWriter.Result;
import jakarta.mail.internet.MimeBodyPart;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class FooterWriterTest {
    private static final Footer FOOTER = new Footer("-- \nExample Ltd\n", "<p>Example Ltd</p>");
    private static final Footer FOREIGN = new Footer("Müller GmbH", "<p>Müller GmbH \uD83D\uDC2A</p>");

    @Test
    void writesBelowAPlainTextAndLeavesAllFields() {
        assertEquals(
                "Received: x\r\n by y\r\nSubject: =?utf-8?q?=C3=BC?=\r\nX-Odd:a\r\nContent-Type: text/plain\r\n"
                        + "Content-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\nhello\r\n-- \r\nExample Ltd\r\n",
                written("""
                        Received: x
                         by y
                        Subject: =?utf-8?q?=C3=BC?=
                        X-Odd:a

                        hello
                        """));
    }

    @Test
    void writesWithinABody() {
        assertTrue(written("""
                        Content-Type: text/html; charset=utf-8

                        <html><BODY><p>hi</p></BODY></html>
                        """).endsWith("\r\n\r\n<html><BODY><p>hi</p><p>Example Ltd</p>\r\n</BODY></html>\r\n"));
        assertTrue(written("Content-Type: text/html\n\n<p>hi").endsWith("\r\n\r\n<p>hi\r\n<p>Example Ltd</p>\r\n"));
    }

    @Test
    void keepsTheCharsetThatHasAllCharacters() throws Exception {
        String mail = written(FOREIGN, """
                Content-Type: text/plain;
                 charset=iso-8859-1; format=flowed
                Content-Transfer-Encoding: quoted-printable

                sch=F6n
                """);
        assertTrue(mail.contains("Content-Type: text/plain;\r\n charset=iso-8859-1; format=flowed\r\n"), mail);
        assertTrue(mail.contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n"), mail);
        assertTrue(mail.endsWith("\r\nsch=F6n\r\nM=FCller GmbH\r\n"), mail);
    }

    @Test
    void takesUtf8WhenTheCharsetLacksACharacter() throws Exception {
        String mail = written(FOREIGN, """
                Content-Type: text/plain; charset=us-ascii; format=flowed

                hello
                """);
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(mail.getBytes(StandardCharsets.ISO_8859_1)));
        assertTrue(part.getContentType().contains("utf-8"), mail);
        assertTrue(part.getContentType().contains("format=flowed"), mail);
        assertEquals(
                "hello\r\nMüller GmbH\r\n", new String(part.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void writesIntoAPageOfAnyCharset() throws Exception {
        String text = "<body>\u0416</body>";
        byte[] koi = text.getBytes(Charset.forName("koi8-r"));
        String mail = written(
                FOREIGN,
                "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\n"
                        + new String(koi, StandardCharsets.ISO_8859_1));
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(mail.getBytes(StandardCharsets.ISO_8859_1)));
        assertEquals(
                "<body>\u0416<p>M&#252;ller GmbH &#128042;</p>\r\n</body>",
                new String(part.getInputStream().readAllBytes(), Charset.forName("koi8-r")));
    }

    private static final String NESTED = """
            Subject: x
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="out er"

            for old readers
            --out er
            Content-Type: multipart/alternative;
             boundary=inner

            --inner
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: base64

            aGVsbG8=
            --inner
            Content-Type: text/html

            <body>hello</body>
            --inner--
            --out er
            Content-Type: text/plain; name=notes.txt
            content-disposition: ATTACHMENT
            X-Odd:  kept

            attached  \n
            --out er
            Content-Type: application/octet-stream
            Content-Transfer-Encoding: base64

            AAEC
            Aw==
            --out er--
            """;

    @Test
    void writesIntoBothAlternativesAndNoAttachment() {
        assertEquals("""
                Subject: x
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="out er"
                Content-Transfer-Encoding: 7bit

                for old readers
                --out er
                Content-Type: multipart/alternative;
                 boundary=inner
                Content-Transfer-Encoding: 7bit

                --inner
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: 7bit

                hello
                --\s
                Example Ltd

                --inner
                Content-Type: text/html
                Content-Transfer-Encoding: 7bit

                <body>hello<p>Example Ltd</p>
                </body>
                --inner--

                --out er
                Content-Type: text/plain; name=notes.txt
                content-disposition: ATTACHMENT
                X-Odd:  kept

                attached  \n
                --out er
                Content-Type: application/octet-stream
                Content-Transfer-Encoding: base64

                AAEC
                Aw==
                --out er--
                """.replace("\n", "\r\n"), written(NESTED));
    }

    @TestFactory
    Stream<DynamicTest> leavesWhatIsSignedEncryptedOrNotUnderstood() {
        return Map.ofEntries(
                        Map.entry("DKIM-Signature: v=1\n\nhello", "signed: DKIM-Signature"),
                        Map.entry(
                                "Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n", "multipart/signed"),
                        Map.entry("Content-Type: application/pkcs7-mime\n\nx", "application/pkcs7-mime"),
                        Map.entry("Content-Type: multipart/encrypted; boundary=b\n\n--b--\n", "multipart/encrypted"),
                        Map.entry(
                                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/signed;"
                                        + " boundary=c\n\n--c\n\nx\n--c--\n--b--\n",
                                "multipart/signed"),
                        Map.entry("Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\n", "PGP"),
                        Map.entry("Content-Type: image/png\n\nx", "no text"),
                        Map.entry("Content-Type: text/plain\nContent-Disposition: attachment\n\nx", "no text"),
                        Map.entry("Content-Type: text/plain; charset=x-none\n\nx", "charset is not known"),
                        Map.entry("Content-Type: text/plain; charset=\"\"\n\nx", "charset is not known"),
                        Map.entry("Content-Type: text/plain; charset=utf-8\n\n\u00e9", "not of its charset"),
                        Map.entry("Subject: x\n\n\u00e9", "not of its charset"),
                        Map.entry("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n", "no end"),
                        Map.entry("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "no boundary"),
                        Map.entry("Content-Type: text/\n\nx", "not understood"),
                        Map.entry("Content-Type: text/plain\nContent-Transfer-Encoding: rot13\n\nx", "not understood"))
                .entrySet()
                .stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey().replace("\n", "|"), () -> {
                    Result.Untouched untouched = assertInstanceOf(Result.Untouched.class, write(FOOTER, each.getKey()));
                    assertTrue(untouched.reason().contains(each.getValue()), untouched.reason());
                }));
    }

    @Test
    void doesNotFollowPartsWithoutEnd() {
        StringBuilder mail = new StringBuilder();
        StringBuilder ends = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            mail.append("Content-Type: multipart/mixed; boundary=b" + i + "x\n\n--b" + i + "x\n");
            ends.insert(0, "\n--b" + i + "x--\n");
        }
        Result result = write(FOOTER, mail + "\nhello" + ends);
        assertTrue(
                result instanceof Result.Untouched untouched
                        && untouched.reason().contains("deep"),
                "" + result);
    }

    @Test
    void anyOctetsAreWrittenOrLeftButNeverThrow() {
        Random random = new Random(11);
        String[] words = {
            "Content-Type: ",
            "multipart/mixed; ",
            "boundary=b",
            "\r\n",
            "--b",
            "--b--",
            "text/plain",
            "text/html; ",
            "charset=",
            "utf-16",
            "Content-Transfer-Encoding: ",
            "base64",
            "quoted-printable",
            "=",
            "\u00ff",
            "</body>",
            "\""
        };
        for (int i = 0; i < 3_000; i++) {
            StringBuilder mail = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                mail.append(words[random.nextInt(words.length)]);
            }
            new FooterWriter(FOOTER).write(mail.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void writesNoLoneLineFeedThatWasEncoded() {
        assertTrue(written("""
                        Content-Type: text/plain
                        Content-Transfer-Encoding: quoted-printable

                        a=0Ab=0Dc
                        """).endsWith("\r\na\r\nb\r\nc\r\n-- \r\nExample Ltd\r\n"));
        byte[] lone = "Subject: x\r\n\r\na\nb\r\n".getBytes(StandardCharsets.US_ASCII);
        assertInstanceOf(Result.Written.class, new FooterWriter(FOOTER).write(lone));
        byte[] attached = ("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"
                        + "--b\r\nContent-Type: image/x\r\n\r\na\nb\r\n--b--\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        assertInstanceOf(Result.Untouched.class, new FooterWriter(FOOTER).write(attached));
    }

    @Test
    void encodesLongLines() {
        String mail = written("Subject: x\n\n" + "x".repeat(2000) + "\n");
        assertTrue(mail.contains("quoted-printable"), mail);
        assertTrue(mail.lines().allMatch(line -> line.length() <= 998));
    }

    @Test
    void refusesAFooterThatIsEmptyOrABook() {
        assertThrows(IllegalArgumentException.class, () -> new Footer(" \n", "x"));
        assertThrows(IllegalArgumentException.class, () -> new Footer("x", ""));
        assertThrows(IllegalArgumentException.class, () -> new Footer("x".repeat(20_001), "x"));
    }

    private static Result write(Footer footer, String mail) {
        return new FooterWriter(footer).write(mail.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void saysThatAMessageIsMimeWhenItHasBecomeSo() throws Exception {
        String mail = written(FOREIGN, file("footer-no-mime-version.eml"));
        assertTrue(mail.contains("\r\nMIME-Version: 1.0\r\n"), mail);
        assertEquals(1, mail.split("(?i)mime-version:", -1).length - 1);
        String before = written(FOREIGN, "mime-version: 1.0\n\nhello\n");
        assertEquals(1, before.split("(?i)mime-version:", -1).length - 1, before);
    }

    @Test
    void leavesADigest() throws Exception {
        assertInstanceOf(Result.Untouched.class, write(FOOTER, file("footer-digest.eml")));
        String mixed = written("""
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary=m

                --m

                intro
                --m
                Content-Type: multipart/digest; boundary=d

                --d

                Subject: inner

                text
                --d--
                --m--
                """);
        assertTrue(mixed.contains("intro\r\n-- \r\nExample Ltd\r\n\r\n--m\r\n"), mixed);
        assertTrue(mixed.contains("--d\r\n\r\nSubject: inner\r\n\r\ntext\r\n--d--"), mixed);
        String first = "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=d\n\n--d\nContent-Type: text/plain\n\n"
                + "a digest may say that a part is text\n--d--\n";
        assertTrue(written(first).contains("is text\r\n-- \r\nExample Ltd\r\n"), written(first));
    }

    @Test
    void staysOutOfAFlowedParagraph() throws Exception {
        assertTrue(written(file("footer-flowed.eml"))
                .endsWith("a soft break \r\n\r\n-- \r\nExample Ltd\r\n"));
        Footer odd = new Footer("> quoted  \n From us \nFrom here \n-- \nend ", "<p>x</p>");
        String head = "MIME-Version: 1.0\nContent-Type: text/plain; Format=\"Flowed\"; DelSp=yes\n\n";
        assertTrue(written(odd, head + "fixed\n")
                .endsWith("\r\nfixed\r\n > quoted\r\n  From us\r\n From here\r\n-- \r\nend\r\n"));
        assertTrue(written(head + "text\n-- \n").endsWith("\r\ntext\r\n-- \r\n-- \r\nExample Ltd\r\n"));
        assertTrue(written(head + "text ").endsWith("\r\ntext \r\n\r\n-- \r\nExample Ltd\r\n"));
    }

    private static String file(String name) throws IOException {
        return Files.readString(Path.of("src/test/resources/mail").resolve(name), StandardCharsets.ISO_8859_1)
                .replace("\r\n", "\n");
    }

    private static String written(String mail) {
        return written(FOOTER, mail);
    }

    private static String written(Footer footer, String mail) {
        Result.Written written = assertInstanceOf(Result.Written.class, write(footer, mail));
        return new String(written.octets(), StandardCharsets.ISO_8859_1);
    }
}
