package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Others decode what was encoded to the same text. */
class QuotedPrintableTest {
    private static byte[] encoded(byte[] octets, int piece) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (QuotedPrintable encoder = new QuotedPrintable(out)) {
            for (int from = 0; from < octets.length; from += piece) {
                encoder.write(octets, from, Math.min(piece, octets.length - from));
            }
        }
        return out.toByteArray();
    }

    private static byte[] decoded(byte[] octets) throws Exception {
        return MimeUtility.decode(new ByteArrayInputStream(octets), "quoted-printable")
                .readAllBytes();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a=b|a=3Db",
                "a |a=20",
                "a \\nb|a=20\\r\\nb",
                "a\\t\\n|a=09\\r\\n",
                "\\r\\n\\r\\n|\\r\\n\\r\\n",
                "a\\rb|a\\r\\nb",
                "ü|=C3=BC",
                ".\\n|.\\r\\n"
            })
    void escapesWhatMustBe(String text, String expected) throws IOException {
        byte[] octets = text.translateEscapes().getBytes(StandardCharsets.UTF_8);
        assertEquals(expected.translateEscapes(), new String(encoded(octets, 1), StandardCharsets.US_ASCII));
    }

    @Test
    void anyTextIsDecodedToItself() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            byte[] octets = new byte[random.nextInt(20_000)];
            for (int i = 0; i < octets.length; i++) {
                int kind = random.nextInt(10);
                octets[i] = (byte) (kind < 6 ? 'x' : kind < 8 ? ' ' : kind == 8 ? '=' : random.nextInt(256));
                if (octets[i] == '\r' || octets[i] == '\n') {
                    octets[i] = '-';
                }
            }
            byte[] encoded = encoded(octets, 1 + random.nextInt(5000));
            assertArrayEquals(octets, decoded(encoded));
            for (String line : new String(encoded, StandardCharsets.US_ASCII).split("\r\n", -1)) {
                assertTrue(line.length() <= 76, line);
                assertTrue(line.chars().allMatch(c -> c >= ' ' && c <= '~'), line);
                assertTrue(!line.endsWith(" "), line);
            }
        }
    }
}
