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

    private record Heard(List<Object> heard, boolean isBroken) {
        List<Reply> replies() {
            return heard.stream()
                    .filter(Reply.class::isInstance)
                    .map(Reply.class::cast)
                    .toList();
        }
    }

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
        List<Object> heard = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        int size = 0;
        for (int from = 0; ; ) {
            int end = octets.indexOf('\n', from);
            boolean isWhole = end >= 0;
            String raw = isWhole ? octets.substring(from, end) : octets.substring(from);
            size += isWhole ? raw.length() + 1 : raw.length() > ClientReplyDecoder.MAX_LINE ? raw.length() : 0;
            if (size > ClientReplyDecoder.MAX_REPLY) {
                return new Heard(heard, true);
            }
            if (!isWhole) {
                return new Heard(heard, false);
            }
            String uncut = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
            String line = uncut.substring(0, Math.min(uncut.length(), ClientReplyDecoder.MAX_LINE))
                    .replaceFirst("^[\\x00-\\x20]+", "");
            if (!line.matches("(?s)[2-5][0-9][0-9](?:[^0-9].*)?")) {
                heard.add(new StrayLine(line));
            } else {
                String text = line.substring(3).replaceFirst("^[ \\t-]", "");
                if (texts.size() < ClientReplyDecoder.MAX_LINES) {
                    texts.add(text.substring(0, Math.min(text.length(), ClientReplyDecoder.MAX_LINE - 4)));
                }
                if (!line.startsWith("-", 3)) {
                    heard.add(Reply.heard(Integer.parseInt(line.substring(0, 3)), texts));
                    texts.clear();
                    size = 0;
                }
            }
            from = end + 1;
        }
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
        List<Object> heard = new ArrayList<>();
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            heard.add(next);
        }
        assertFalse(channel.finish());
        assertEquals(0, memory.metric().usedHeapMemory(), "not released");
        return new Heard(heard, isBroken);
    }
}
