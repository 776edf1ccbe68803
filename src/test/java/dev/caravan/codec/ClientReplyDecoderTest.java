package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.smtp.Reply;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientReplyDecoderTest {
    private static List<Reply> decode(String text, int chunk) {
        return heard(text, chunk).stream()
                .filter(Reply.class::isInstance)
                .map(Reply.class::cast)
                .toList();
    }

    private static List<Object> heard(String text, int chunk) {
        EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        List<Object> heard = new ArrayList<>();
        try {
            for (int i = 0; i < octets.length; i += chunk) {
                channel.writeInbound(Unpooled.copiedBuffer(octets, i, Math.min(chunk, octets.length - i)));
            }
        } finally {
            for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
                heard.add(next);
            }
            assertFalse(channel.finish());
        }
        return heard;
    }

    /** What is known of a reply whose end is missing, before and after the end of the connection. */
    private static String unfinished(String text, int chunk) {
        ClientReplyDecoder decoder = new ClientReplyDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < octets.length; i += chunk) {
            channel.writeInbound(Unpooled.copiedBuffer(octets, i, Math.min(chunk, octets.length - i)));
        }
        String line = decoder.unfinishedLine();
        channel.finishAndReleaseAll();
        assertEquals(line, decoder.unfinishedLine());
        return decoder.unfinished().map(Reply::text).orElse("-") + "|" + line;
    }

    @Test
    void readsRepliesHoweverTheyAreCut() {
        String text = "220 mx ready\r\n250-mx\r\n250-PIPELINING\r\n250 SIZE 10\r\n"
                + "250\r\n250-2.1.0 a\r\n250 2.1.0 b\r\n354 \r\n250 bare\n250-x\n250\n";
        List<Reply> expected = List.of(
                Reply.plain(220, "mx ready"),
                Reply.plain(250, "mx", "PIPELINING", "SIZE 10"),
                Reply.plain(250, ""),
                Reply.heard(250, List.of("2.1.0 a", "2.1.0 b")),
                Reply.plain(354, ""),
                Reply.plain(250, "bare"),
                Reply.plain(250, "x", ""));
        for (int chunk = 1; chunk <= text.length(); chunk++) {
            assertEquals(expected, decode(text, chunk), "chunks of " + chunk);
        }
    }

    @Test
    void takesTheEnhancedCodeOutOfAllLines() {
        Reply reply = decode("550-5.1.1 no such\r\n550 5.1.1 user\r\n", 5).get(0);
        assertEquals("5.1.1", reply.status().orElseThrow().toString());
        assertEquals(List.of("no such", "user"), reply.lines());
        assertEquals("550-5.1.1 no such\n550 5.1.1 user", reply.text());
    }

    @Test
    void leavesAnEnhancedCodeWhereNotAllLinesHaveIt() {
        Reply reply = decode("550-5.1.1 no such\r\n550 user\r\n", 5).get(0);
        assertTrue(reply.status().isEmpty());
        assertEquals("550-5.1.1 no such\n550 user", reply.text());
    }

    @Test
    void masksWhatIsNotPrintable() {
        assertEquals(
                List.of("caf? ?[31m ?x"),
                decode("250 caf\u00e9 \u001b[31m \rx\r\n", 3).get(0).lines());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "25\r\n",
                "2x0 a\r\n",
                "2500 a\r\n",
                "150 a\r\n",
                "600 a\r\n",
                "000\r\n",
                "SSH-2.0-x\r\n",
                "2.0.0 ok\r\n",
                "+OK\r\n"
            })
    void passesOnWhatIsNoReply(String text) {
        for (int chunk = 1; chunk <= text.length(); chunk++) {
            assertEquals(List.of(new StrayLine(text.strip())), heard(text, chunk), text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "250a, 250 a",
        "250_a, 250 _a",
        "250\ta, 250 a",
        "250: ok, 250 : ok",
        "' 250 a', 250 a",
        "'\\7 250 a', 250 a",
        "'250-taken\r\n251 id', '251-taken\n251 id'",
        "'250-a\r\n550 5.1.1 b', '550-a\n550 5.1.1 b'",
        "'550-a\r\n250 b', '250-a\n250 b'",
        "'250-a\r\nnotice\r\n250 b', '250-a\n250 b'",
        "'250-\\1\u00e9\\r\\n250 \\7', '250-??\\n250 ?'"
    })
    void readsTheCodeOfTheLastLine(String odd, String reply) {
        String text = unescaped(odd) + "\r\n";
        for (int chunk = 1; chunk <= text.length(); chunk++) {
            assertEquals(
                    List.of(unescaped(reply)),
                    decode(text, chunk).stream().map(Reply::text).toList(),
                    odd);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', -|",
        "'250 ok\r\n', -|",
        "'250-a\r\n', 250 a|",
        "'250-a\r\n250', '250 a|250'",
        "'250-a\r\n550 b', '550-a\n550 b|550 b'",
        "'250 ok\r', '250 ok|250 ok'",
        "250, -|250",
        "OK, -|OK",
        "'354 a\r\n25', -|25"
    })
    void knowsTheLinesOfAReplyWithoutAnEnd(String cut, String known) {
        for (int chunk = 1; chunk <= Math.max(1, cut.length()); chunk++) {
            assertEquals(unescaped(known), unfinished(unescaped(cut), chunk));
        }
    }

    private static String unescaped(String text) {
        return text.translateEscapes();
    }

    @Test
    void cutsLongLinesAndManyLines() {
        String longest = "250 " + "x".repeat(ClientReplyDecoder.MAX_LINE - 5) + "\r\n";
        assertEquals(longest.strip(), decode(longest, 1000).get(0).text());
        for (int chunk : new int[] {1, 100, 50_000}) {
            Reply reply = decode("550 " + "x".repeat(10_240) + "\r\n", chunk).get(0);
            assertEquals("550 " + "x".repeat(ClientReplyDecoder.MAX_LINE - 4), reply.text());
            Reply many = decode("220-x\r\n".repeat(200) + "554 5.3.2 x\r\n250 ok\r\n", chunk)
                    .get(0);
            assertEquals(554, many.code());
            assertEquals(ClientReplyDecoder.MAX_LINES, many.lines().size());
        }
    }

    @Test
    void boundsAReplyThatDoesNotEnd() {
        for (String part : List.of("250-x\r\n", "x\r\n", "\n", "250-x", "\0")) {
            String endless = part.repeat(1 + ClientReplyDecoder.MAX_REPLY / part.length());
            assertThrows(DecoderException.class, () -> decode(endless, 5000), part);
        }
        String most = "250-x\r\n".repeat(ClientReplyDecoder.MAX_REPLY / 7 - 2) + "250 x\r\n";
        assertEquals(2, decode(most + most, 9000).size());
    }

    @Test
    void knowsTheCodeOfAReplyThatDoesNotEnd() {
        for (String endless : List.of(
                "250-x\r\n".repeat(ClientReplyDecoder.MAX_REPLY), "250 " + "x".repeat(ClientReplyDecoder.MAX_REPLY))) {
            ClientReplyDecoder decoder = new ClientReplyDecoder();
            EmbeddedChannel channel = new EmbeddedChannel(decoder);
            assertThrows(
                    DecoderException.class,
                    () -> channel.writeInbound(Unpooled.copiedBuffer(endless, StandardCharsets.US_ASCII)));
            assertEquals(250, decoder.unfinished().orElseThrow().code());
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void readsNothingBehindAReplyThatIsTooLong() {
        EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
        String endless = "x".repeat(ClientReplyDecoder.MAX_REPLY + 1);
        assertThrows(
                DecoderException.class,
                () -> channel.writeInbound(
                        Unpooled.copiedBuffer(endless + "\r\n250 ok\r\n", StandardCharsets.US_ASCII)));
        channel.writeInbound(Unpooled.copiedBuffer("250 ok\r\n", StandardCharsets.US_ASCII));
        assertFalse(channel.finish());
    }

    @Test
    void dropsHalfAReplyAtTheEnd() {
        assertEquals(List.of(), decode("250-a\r\n250", 2));
    }
}
