package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DotStuffingTest {
    private static String stuff(String content, int chunk) {
        DotStuffing stuffing = new DotStuffing();
        ByteBuf out = Unpooled.buffer();
        byte[] octets = content.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < octets.length; i += chunk) {
            stuffing.append(octets, i, Math.min(chunk, octets.length - i), out);
        }
        stuffing.end(out);
        String text = out.toString(StandardCharsets.ISO_8859_1);
        out.release();
        return text;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "no dots, a|b|, a|b|.|",
        "dot at the start, .a|, ..a|.|",
        "dot at a line's start, a|.b|, a|..b|.|",
        "lone dot, a|.|b|, a|..|b|.|",
        "two dots, ..|, ...|.|",
        "dot inside a line, a.b.|, a.b.|.|",
        "end without line end, a, a|.|",
        "end at a dot, a|., a|..|.|",
        "nothing, '', .|",
        "empty lines, |||, |||.|",
        "dot after a bare LF, a/.b|, a/..b|.|",
        "dot after a bare CR, a<.b|, a<..b|.|",
        "end at a bare LF, a/, a/|.|",
        "end at a bare CR, a<, a<|.|",
        "smuggling, a/./b|, a/../b|.|",
        "smuggling with CR, a<.<b|, a<..<b|.|"
    })
    void isTransparentInAllChunkings(String reason, String content, String expected) {
        String in = plain(content);
        for (int chunk = 1; chunk <= Math.max(1, in.length()); chunk++) {
            assertEquals(plain(expected), stuff(in, chunk), reason + " in chunks of " + chunk);
        }
    }

    private static String plain(String text) {
        return text.replace("|", "\r\n").replace("/", "\n").replace("<", "\r");
    }

    @Test
    void leavesAllOctetsAsTheyAre() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            all.append(c).append('x');
        }
        assertEquals(all + "\r\n.\r\n", stuff(all.toString(), 7));
    }
}
