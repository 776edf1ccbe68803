package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import dev.caravan.smtp.Reply;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** However a server's octets are cut, they are the same replies, up to the same place where they are none. */
public final class ReplyDecoderFuzz {
    private static final int MOST_KEPT = 3 * ClientReplyDecoder.MAX_LINE;

    private ReplyDecoderFuzz() {}

    private record Heard(List<Reply> replies, boolean isBroken) {}

    public static void run(byte[] octets) {
        SplittableRandom random = new FuzzInput(octets).random();
        Heard whole = expected(new String(octets, StandardCharsets.ISO_8859_1));
        assertEquals(whole, decoded(octets, octets.length + 1, random));
        assertEquals(whole, decoded(octets, 1, random));
        assertEquals(whole, decoded(octets, 1 + random.nextInt(40), random));
        for (Reply reply : whole.replies()) {
            assertTrue(reply.lines().size() <= ClientReplyDecoder.MAX_LINES);
            assertTrue(reply.text().matches("(?:[2-5][0-9][0-9][ -][\\t -~]*(?:\\n|$))+"), reply.text());
            // What is logged and returned says the same when it is heard again.
            assertEquals(
                    new Heard(List.of(reply), false),
                    decoded((reply.text() + "\n").getBytes(StandardCharsets.US_ASCII), 100, random));
        }
    }

    /** By the letter of RFC 5321 §4.2, but for what the decoder says that it is laxer in. */
    private static Heard expected(String octets) {
        List<Reply> replies = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        String code = "";
        String[] lines = octets.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean isWhole = i < lines.length - 1;
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            if (lines[i].length() > ClientReplyDecoder.MAX_LINE) {
                return new Heard(replies, true);
            }
            if (isWhole) {
                boolean isFit =
                        line.matches("(?s)[2-5][0-9][0-9](?:[ -].*)?") && texts.size() < ClientReplyDecoder.MAX_LINES;
                if (!isFit || !(texts.isEmpty() || line.startsWith(code))) {
                    return new Heard(replies, true);
                }
                code = line.substring(0, 3);
                texts.add(line.length() > 3 ? line.substring(4) : "");
                if (!line.startsWith("-", 3)) {
                    replies.add(Reply.heard(Integer.parseInt(code), texts));
                    texts.clear();
                }
            }
        }
        return new Heard(replies, false);
    }

    private static Heard decoded(byte[] octets, int largest, SplittableRandom random) {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
        channel.config().setAllocator(memory);
        boolean isBroken = false;
        for (int from = 0; from < octets.length; ) {
            int length = Math.min(octets.length - from, 1 + random.nextInt(largest));
            try {
                channel.writeInbound(memory.buffer(length).writeBytes(octets, from, length));
            } catch (DecoderException e) {
                assertFalse(isBroken, "broken twice");
                isBroken = true;
            }
            from += length;
            assertTrue(
                    memory.metric().usedHeapMemory() <= MOST_KEPT + largest,
                    memory.metric().usedHeapMemory() + " octets kept");
        }
        List<Reply> replies = new ArrayList<>();
        for (Reply reply = channel.readInbound(); reply != null; reply = channel.readInbound()) {
            replies.add(reply);
        }
        assertFalse(channel.finish());
        assertEquals(0, memory.metric().usedHeapMemory(), "not released");
        return new Heard(replies, isBroken);
    }
}
