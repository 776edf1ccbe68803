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
import org.junit.jupiter.params.provider.ValueSource;

class ClientReplyDecoderTest {
    private static List<Reply> decode(String text, int chunk) {
        EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        List<Reply> replies = new ArrayList<>();
        try {
            for (int i = 0; i < octets.length; i += chunk) {
                channel.writeInbound(Unpooled.copiedBuffer(octets, i, Math.min(chunk, octets.length - i)));
            }
        } finally {
            for (Reply reply = channel.readInbound(); reply != null; reply = channel.readInbound()) {
                replies.add(reply);
            }
            assertFalse(channel.finish());
        }
        return replies;
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
                "250a\r\n",
                "250_a\r\n",
                "150 a\r\n",
                "600 a\r\n",
                "000\r\n",
                "SSH-2.0-x\r\n",
                "250-a\r\n550 b\r\n",
                "250-a\r\nb\r\n",
                " 250 a\r\n",
                "+OK\r\n"
            })
    void refusesWhatIsNoReply(String text) {
        for (int chunk = 1; chunk <= text.length(); chunk++) {
            int size = chunk;
            assertThrows(DecoderException.class, () -> decode(text, size), text);
        }
    }

    @Test
    void boundsLinesAndTheirNumber() {
        String longest = "250 " + "x".repeat(ClientReplyDecoder.MAX_LINE - 5) + "\r\n";
        assertEquals(1, decode(longest, 1000).size());
        assertThrows(DecoderException.class, () -> decode("250 " + "x".repeat(3000), 100));
        assertThrows(DecoderException.class, () -> decode("250 " + "x".repeat(3000) + "\r\n", 5000));
        String many = "250-x\r\n".repeat(ClientReplyDecoder.MAX_LINES - 1);
        assertEquals(1, decode(many + "250 x\r\n", 100).size());
        assertThrows(DecoderException.class, () -> decode(many + "250-x\r\n250 x\r\n", 100));
    }

    @Test
    void readsNothingBehindWhatIsNoReply() {
        EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
        assertThrows(
                DecoderException.class,
                () -> channel.writeInbound(Unpooled.copiedBuffer("x\r\n250 ok\r\n", StandardCharsets.US_ASCII)));
        channel.writeInbound(Unpooled.copiedBuffer("250 ok\r\n", StandardCharsets.US_ASCII));
        assertFalse(channel.finish());
    }

    @Test
    void dropsHalfAReplyAtTheEnd() {
        assertEquals(List.of(), decode("250-a\r\n250", 2));
    }
}
