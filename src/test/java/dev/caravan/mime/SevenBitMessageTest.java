package dev.caravan.mime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.mail.BodyPart;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimePart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SevenBitMessageTest {
    private static final String TEXT = "Grüße aus Köln = 1\r\n trailing \r\n.dot\r\n";

    @Test
    void encodesATextAsQuotedPrintable() throws Exception {
        String message = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "content-transfer-encoding: 8BIT\r\nX-Last: y\r\n\r\n" + TEXT;
        String converted = converted(message);
        assertEquals(
                "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nX-Last: y\r\n"
                        + "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                        + "Gr=C3=BC=C3=9Fe aus K=C3=B6ln =3D 1\r\n trailing=20\r\n.dot\r\n",
                converted);
    }

    @Test
    void labelsATextThatIsNoMime() throws Exception {
        assertTrue(converted("Subject: x\r\n\r\n" + TEXT)
                .startsWith("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        + "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3"));
        String latin = new String("Subject: x\r\n\r\nGr\u00fc\u00dfe\r\n".getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
        assertTrue(convertedOctets(latin.getBytes(StandardCharsets.ISO_8859_1))
                .contains("charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"));
    }

    @Test
    void encodesWhatIsNoTextAsBase64AndLeavesTheRest() throws Exception {
        String message = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"a b\"\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\npreamble\r\n--a b\r\n\r\nplain\r\n--a b  \r\n"
                + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\u00ff\u00fe\r\n"
                + "\r\n--a b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
                + "--a b--\r\nepilogue";
        assertEquals(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"a b\"\r\n"
                        + "Content-Transfer-Encoding: 7bit\r\n\r\npreamble\r\n--a b\r\n\r\nplain\r\n--a b  \r\n"
                        + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                        + "//4NCg==\r\n--a b\r\nContent-Type: application/x\r\n"
                        + "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--a b--\r\nepilogue",
                convertedOctets(message.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void convertsAMessageWithinAMessageButDoesNotEncodeIt() throws Exception {
        String message = "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=o\r\n\r\n--o\r\n"
                + "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                + "Subject: Grüße\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
                + "--i\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße aus der Ferne\r\n--i--\r\n\r\n--o--\r\n";
        String converted = converted(message);
        assertTrue(converted.contains("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
                + "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMIME-Version"), converted);
        assertTrue(converted.endsWith("Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe aus der Ferne\r\n--i--\r\n\r\n--o--\r\n"), converted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nGrüße\r\n--s--\r\n",
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n--s\r\n\r\nGrüße\r\n--s--\r\n",
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=s\r\n\r\nGrüße\r\n--s--\r\n",
                "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nGrüße\r\n",
                "MIME-Version: 1.0\r\nContent-Type: message/partial; id=1\r\n\r\nGrüße\r\n",
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=s\r\nContent-Transfer-Encoding: base64\r\n\r\nGrüße",
                "Grüße: x\r\n\r\n",
                "Received: from grüße\r\n\r\n",
            })
    void leavesWhatMayNotBeChanged(String message) throws Exception {
        SevenBitMessage converted = of(message.getBytes(StandardCharsets.UTF_8));
        assertEquals(message, new String(octets(converted), StandardCharsets.UTF_8));
        assertFalse(converted.isSevenBit());
    }

    @Test
    void leavesAMessageOfSevenBits() throws Exception {
        String message = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\r\n--b\r\n";
        SevenBitMessage converted = of(message.getBytes(StandardCharsets.UTF_8));
        assertTrue(converted.isSevenBit());
        assertEquals(message, converted(message));
    }

    @Test
    void shortensLongLines() throws Exception {
        String converted = converted("Subject: x\r\n\r\n" + "a".repeat(20_000) + "\r\n");
        assertTrue(converted.contains("Content-Transfer-Encoding: quoted-printable"));
        assertTrue(converted.lines().allMatch(line -> line.length() <= 76));
        assertEquals(20_000, converted.chars().filter(c -> c == 'a').count() - "Content-Transfer-Encoding: quoted-printable".chars().filter(c -> c == 'a').count());
    }

    @Test
    void encodesFieldsOfText() throws Exception {
        assertEquals(
                "From: =?utf-8?B?SsO8cmdlbiwgTS4=?=\r\n <j@x.test>, =?utf-8?B?QmrDuHJu?=\r\n <b@x.test>\r\n"
                        + "Subject: Re: =?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?= ok\r\n"
                        + "Content-Disposition: attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.txt\r\n\r\n",
                converted("From: \"Jürgen, M.\" <j@x.test>, Bjørn <b@x.test>\r\nSubject: Re: Grüße aus Köln ok\r\n"
                        + "Content-Disposition: attachment; filename=\"größe.txt\"\r\n\r\n"));
    }

    @Test
    void keepsEachPartOctetByOctet() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder("MIME-Version: 1.0\r\n");
            part(random, text, 0);
            byte[] message = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            SevenBitMessage converted = of(message);
            byte[] octets = octets(converted);
            assertEquals(converted.size(), octets.length);
            List<byte[]> before = leaves(message);
            List<byte[]> after = leaves(octets);
            assertEquals(before.size(), after.size(), text.toString());
            for (int leaf = 0; leaf < before.size(); leaf++) {
                assertArrayEquals(before.get(leaf), after.get(leaf), "message " + i + " leaf " + leaf + "\n" + text);
            }
            assertTrue(converted.isSevenBit(), text.toString());
            for (byte octet : octets) {
                assertTrue(octet > 0, text.toString());
            }
        }
    }

    @Test
    void neverFailsWhateverComes() throws Exception {
        Random random = new Random(11);
        String[] words = {
            "Content-Type: ", "multipart/mixed", "; boundary=", "b", "--b", "--b--", "\r\n", "\r\n\r\n", "\n", "\r", "é",
            "message/rfc822", "Content-Transfer-Encoding: 8bit\r\n", "\"", "(", "=", ";", ":", "\0", "text/plain", "From: é <a@b>",
        };
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int word = random.nextInt(40); word > 0; word--) {
                text.append(words[random.nextInt(words.length)]);
            }
            byte[] octets = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            SevenBitMessage converted = of(octets);
            assertEquals(converted.size(), octets(converted).length);
            boolean isPlain = text.chars().allMatch(c -> c > 0 && c < 128) && !text.toString().contains("8bit");
            if (isPlain && text.indexOf("\r") < 0) {
                assertEquals(text.toString(), new String(octets(converted), StandardCharsets.ISO_8859_1));
            }
        }
    }

    @Test
    void needsNoMoreMemoryForALargeMessage() throws Exception {
        long size = 64L * 1024 * 1024;
        byte[] head = "MIME-Version: 1.0\r\nContent-Type: application/x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        SevenBitMessage converted = SevenBitMessage.of(() -> new InputStream() {
            private long at;

            @Override
            public int read() {
                if (at == size) {
                    return -1;
                }
                return at < head.length ? head[(int) at++] : (int) (0x80 | (at++ & 0x7F));
            }

            @Override
            public int read(byte[] octets, int from, int length) {
                int count = 0;
                while (count < length) {
                    int octet = read();
                    if (octet < 0) {
                        return count == 0 ? -1 : count;
                    }
                    octets[from + count++] = (byte) octet;
                }
                return count;
            }
        });
        assertTrue(converted.size() > size * 4 / 3);
        assertTrue(converted.isSevenBit());
    }

    private static void part(Random random, StringBuilder text, int depth) {
        int kind = random.nextInt(depth > 3 ? 2 : 4);
        String transfer = random.nextBoolean() ? "Content-Transfer-Encoding: 8bit\r\n" : "";
        if (kind == 0) {
            text.append("Content-Type: text/plain; charset=iso-8859-1\r\n").append(transfer).append("\r\n");
            body(random, text);
        } else if (kind == 1) {
            text.append("Content-Type: application/octet-stream\r\n").append(transfer).append("\r\n");
            body(random, text);
        } else if (kind == 2) {
            text.append("Content-Type: message/rfc822\r\n").append(transfer).append("\r\nSubject: x\r\n");
            part(random, text, depth + 1);
        } else {
            String boundary = "b" + depth + "=_" + random.nextInt(1000);
            text.append("Content-Type: multipart/mixed;\r\n\tboundary=\"").append(boundary).append("\"\r\n").append(transfer).append("\r\n");
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                text.append("--").append(boundary).append("\r\n");
                part(random, text, depth + 1);
                text.append("\r\n");
            }
            text.append("--").append(boundary).append("--\r\n");
        }
    }

    private static void body(Random random, StringBuilder text) {
        String alphabet = random.nextBoolean() ? "ab =\t.-_?\u00e4" : "\u00e4\u00ff\u0080x";
        for (int line = random.nextInt(6); line > 0; line--) {
            for (int i = random.nextInt(random.nextInt(10) == 0 ? 12_000 : 100); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            text.append(line == 1 && random.nextBoolean() ? "" : "\r\n");
        }
    }

    private static List<byte[]> leaves(byte[] message) throws Exception {
        List<byte[]> leaves = new ArrayList<>();
        collect(new MimeMessage(null, new ByteArrayInputStream(message)), leaves);
        return leaves;
    }

    private static void collect(MimePart part, List<byte[]> leaves) throws Exception {
        if (part.isMimeType("multipart/*")) {
            ByteArrayOutputStream raw = new ByteArrayOutputStream();
            part.getInputStream().transferTo(raw);
            MimeMultipart parts = new MimeMultipart(new ByteArrayDataSource(raw.toByteArray(), part.getContentType()));
            for (int i = 0; i < parts.getCount(); i++) {
                BodyPart inner = parts.getBodyPart(i);
                collect((MimeBodyPart) inner, leaves);
            }
        } else if (part.isMimeType("message/rfc822")) {
            collect(new MimeMessage(null, part.getInputStream()), leaves);
        } else {
            leaves.add(part.getInputStream().readAllBytes());
        }
    }

    private static SevenBitMessage of(byte[] octets) throws IOException {
        return SevenBitMessage.of(() -> new ByteArrayInputStream(octets));
    }

    private static byte[] octets(SevenBitMessage message) throws IOException {
        try (InputStream in = message.open()) {
            return in.readAllBytes();
        }
    }

    private static String converted(String utf8) throws IOException {
        return convertedOctets(utf8.getBytes(StandardCharsets.UTF_8));
    }

    private static String convertedOctets(byte[] message) throws IOException {
        return new String(octets(of(message)), StandardCharsets.ISO_8859_1);
    }
}
