package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.ClientStream;
import dev.caravan.fuzz.FuzzInput;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * However a client's octets are cut and whenever the decoder is paused, it finds the commands and contents that the
 * RFC finds in them, and keeps no more than a line.
 */
public final class ServerDecoderFuzz {
    private static final LineLimits LIMITS = new LineLimits(512, 700, 1000);
    private static final int MOST_KEPT = 2 * LIMITS.extended() + 256;

    private ServerDecoderFuzz() {}

    public static void run(byte[] octets) {
        SplittableRandom random = new FuzzInput(octets).random();
        List<String> expected = expected(octets);
        assertEquals(expected, decoded(octets, octets.length + 1, 0, random));
        assertEquals(expected, decoded(octets, 1, 0, random));
        assertEquals(expected, decoded(octets, 1 + random.nextInt(40), 2, random));
    }

    private static List<String> expected(byte[] octets) {
        List<String> inputs = new ArrayList<>();
        ClientStream stream = new ClientStream(octets, LIMITS);
        boolean isContent = false;
        while (stream.hasNext(isContent)) {
            if (isContent) {
                ClientStream.Piece content = stream.content();
                inputs.add(content.isFit() ? "content " + content.text() : "flawed content");
                isContent = false;
            } else {
                ClientStream.Piece line = stream.line();
                inputs.add(line.isFit() ? "line " + line.text() : "bad line");
                isContent = line.isFit() && beginsContent(line.text());
            }
        }
        return inputs;
    }

    private static boolean beginsContent(String line) {
        return line.equalsIgnoreCase("DATA");
    }

    /** @param pauses one in how many inputs makes the decoder wait; 0 for none. */
    private static List<String> decoded(byte[] octets, int largest, int pauses, SplittableRandom random) {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
        SmtpServerDecoder decoder = new SmtpServerDecoder(LIMITS);
        Listener listener = new Listener(decoder, pauses, random);
        EmbeddedChannel channel = new EmbeddedChannel(decoder, listener);
        channel.config().setAllocator(memory);
        for (int from = 0; from < octets.length; ) {
            int length = Math.min(octets.length - from, 1 + random.nextInt(largest));
            channel.writeInbound(memory.buffer(length).writeBytes(octets, from, length));
            from += length;
            if (random.nextBoolean()) {
                decoder.resume();
            }
            assertTrue(
                    listener.isPaused || memory.metric().usedHeapMemory() <= MOST_KEPT,
                    memory.metric().usedHeapMemory() + " octets kept");
        }
        while (listener.isPaused) {
            listener.isPaused = false;
            decoder.resume();
        }
        assertFalse(channel.finish());
        assertEquals(0, memory.metric().usedHeapMemory(), "not released");
        return listener.inputs;
    }

    private static final class Listener extends ChannelInboundHandlerAdapter {
        private final SmtpServerDecoder decoder;
        private final int pauses;
        private final SplittableRandom random;
        private final List<String> inputs = new ArrayList<>();
        private final StringBuilder content = new StringBuilder();
        private boolean isPaused;

        Listener(SmtpServerDecoder decoder, int pauses, SplittableRandom random) {
            this.decoder = decoder;
            this.pauses = pauses;
            this.random = random;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            isPaused = false;
            if (message instanceof SmtpInput.CommandLine line) {
                inputs.add("line " + line.text());
                if (beginsContent(line.text())) {
                    decoder.expectContent();
                }
            } else if (message instanceof SmtpInput.BadLine bad) {
                assertTrue(bad.refusal().code() == 500 || bad.refusal().code() == 421, bad.toString());
                inputs.add("bad line");
            } else if (message instanceof SmtpInput.ContentChunk chunk) {
                assertTrue(chunk.octets().isReadable(), "empty chunk");
                content.append(chunk.octets().toString(StandardCharsets.ISO_8859_1));
                chunk.octets().release();
            } else if (message instanceof SmtpInput.EndOfContent end) {
                inputs.add(end.flaw().isEmpty() ? "content " + content : "flawed content");
                end.flaw().ifPresent(reply -> assertEquals(554, reply.code()));
                content.setLength(0);
            }
            if (pauses > 0 && random.nextInt(pauses) == 0) {
                isPaused = true;
                decoder.pause();
            }
        }
    }
}
