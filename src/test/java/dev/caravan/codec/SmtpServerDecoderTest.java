package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SmtpServerDecoderTest {
    private final SmtpServerDecoder decoder = new SmtpServerDecoder(LineLimits.DEFAULT);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    private static ByteBuf octets(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void emitsNothingWhilePaused() {
        decoder.pause();
        channel.writeInbound(octets("NOOP\r\nRSET\r\nQU"));
        assertNull(channel.readInbound());
        assertFalse(channel.config().isAutoRead(), "reads on although paused");
        decoder.resume();
        assertEquals(new SmtpInput.CommandLine("NOOP"), channel.readInbound());
        assertEquals(new SmtpInput.CommandLine("RSET"), channel.readInbound());
        assertTrue(channel.config().isAutoRead());
        assertTrue(decoder.isWithinCommand());
        channel.writeInbound(octets("IT\r\n"));
        assertEquals(new SmtpInput.CommandLine("QUIT"), channel.readInbound());
        assertFalse(channel.finish());
    }

    @Test
    void contentArrivesOctetForOctetInRandomChunks() {
        SplittableRandom random = new SplittableRandom(5321);
        for (int round = 0; round < 2000; round++) {
            byte[] content = randomContent(random);
            byte[] stuffed = stuffed(content);
            decoder.expectContent();
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            Optional<SmtpInput> end = Optional.empty();
            for (int from = 0; from < stuffed.length; ) {
                int length = Math.min(1 + random.nextInt(1 + random.nextInt(40)), stuffed.length - from);
                channel.writeInbound(Unpooled.copiedBuffer(stuffed, from, length));
                from += length;
                for (SmtpInput input = channel.readInbound(); input != null; input = channel.readInbound()) {
                    assertTrue(end.isEmpty(), "more behind the end");
                    end = take(input, received);
                }
            }
            assertEquals(Optional.of(new SmtpInput.EndOfContent(Optional.empty())), end);
            assertArrayEquals(content, received.toByteArray());
        }
        assertFalse(channel.finish());
    }

    private static Optional<SmtpInput> take(SmtpInput input, ByteArrayOutputStream received) {
        if (input instanceof SmtpInput.ContentChunk chunk) {
            byte[] copy = new byte[chunk.octets().readableBytes()];
            chunk.octets().readBytes(copy).release();
            received.writeBytes(copy);
            return Optional.empty();
        }
        return Optional.of(input);
    }

    /** Lines of octets that are likely to confuse, each ended by CRLF. */
    private static byte[] randomContent(SplittableRandom random) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int lines = random.nextInt(8);
        for (int line = 0; line < lines; line++) {
            int length = random.nextInt(6);
            for (int i = 0; i < length; i++) {
                content.write(random.nextInt(3) > 0 ? '.' : ".ab\0\t\u00ff".charAt(random.nextInt(6)));
            }
            content.write('\r');
            content.write('\n');
        }
        return content.toByteArray();
    }

    private static byte[] stuffed(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String stuffed = ("\r\n" + text).replace("\r\n.", "\r\n..").substring(2);
        return (stuffed + ".\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void noOctetsButCrLfDotCrLfEndContent() {
        String[] pieces = {"\r", "\n", ".", "x", "\0", "\r\n"};
        SplittableRandom random = new SplittableRandom(2023);
        for (int round = 0; round < 3000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            String sent = text + "\r\n.\r\n";
            int end = sent.startsWith(".\r\n") ? 3 : sent.indexOf("\r\n.\r\n") + 5;
            boolean flawed = sent.substring(0, end).replace("\r\n", "").matches("(?s).*[\r\n].*");
            decoder.expectContent();
            channel.writeInbound(octets(sent.substring(0, end)));
            Optional<SmtpInput> last = Optional.empty();
            for (SmtpInput input = channel.readInbound(); input != null; input = channel.readInbound()) {
                assertTrue(
                        last.isEmpty(), "two ends in " + sent.replace('\r', 'R').replace('\n', 'N'));
                last = take(input, new ByteArrayOutputStream());
            }
            SmtpInput.EndOfContent ended = (SmtpInput.EndOfContent) last.orElseThrow();
            assertEquals(
                    flawed, ended.flaw().isPresent(), sent.replace('\r', 'R').replace('\n', 'N'));
        }
        assertFalse(channel.finish());
    }

    @Test
    void passesOnSlicesOfWhatWasRead() {
        decoder.expectContent();
        ByteBuf read = octets("one\r\ntwo\r\nthree\r\n.\r\n");
        channel.writeInbound(read);
        SmtpInput.ContentChunk chunk = channel.readInbound();
        assertEquals("one\r\ntwo\r\nthree\r\n", chunk.octets().toString(StandardCharsets.US_ASCII));
        assertSame(read, chunk.octets().unwrap(), "copied");
        chunk.octets().release();
        assertEquals(0, read.refCnt());
        assertEquals(new SmtpInput.EndOfContent(Optional.empty()), channel.readInbound());
        assertFalse(channel.finish());
    }

    @Test
    void keepsNoLargeBufferForPartOfALine() {
        ByteBuf large = Unpooled.buffer(65536).writeBytes("NOOP\r\nNO".getBytes(StandardCharsets.US_ASCII));
        channel.writeInbound(large);
        assertEquals(0, large.refCnt());
        assertEquals(new SmtpInput.CommandLine("NOOP"), channel.readInbound());
        assertFalse(channel.finish());
    }

    @Test
    void dropsEverythingWhenToldTo() {
        decoder.pause();
        channel.writeInbound(octets("NOOP\r\nRSET"));
        decoder.discard();
        channel.writeInbound(octets("\r\nQUIT\r\n"));
        assertTrue(channel.config().isAutoRead());
        assertFalse(channel.finish());
    }

    @Test
    void releasesWhatIsKeptWhenTheConnectionIsLost() {
        decoder.pause();
        ByteBuf read = octets("NOOP\r\n");
        channel.writeInbound(read);
        assertFalse(channel.finish());
        assertEquals(0, read.refCnt());
    }

    @Test
    void encodesRepliesOfOneLineAndOfMany() {
        EmbeddedChannel out = new EmbeddedChannel(new ReplyEncoder());
        assertTrue(out.writeOutbound(Reply.of(250, "2.0.0", "ok"), Reply.plain(250, "mx", "", "DSN")));
        assertEquals("250 2.0.0 ok\r\n", text(out));
        assertEquals("250-mx\r\n250-\r\n250 DSN\r\n", text(out));
        ByteBuf stray = octets("250 ok\r\n");
        assertFalse(out.write(stray).isSuccess());
        assertEquals(0, stray.refCnt());
        assertFalse(out.finish());
    }

    private static String text(EmbeddedChannel out) {
        ByteBuf octets = out.readOutbound();
        String text = octets.toString(StandardCharsets.US_ASCII);
        octets.release();
        return text;
    }
}
