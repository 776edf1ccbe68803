package dev.caravan.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TlsRecordGateTest {
    private final SmtpServerDecoder decoder = new SmtpServerDecoder(LineLimits.DEFAULT);
    private final List<Integer> passed = new ArrayList<>();
    private boolean pausesAfterEach;
    private final EmbeddedChannel channel = new EmbeddedChannel(
            new TlsRecordGate(decoder),
            new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ByteBuf octets = (ByteBuf) message;
                    passed.add(octets.readableBytes());
                    octets.release();
                    if (pausesAfterEach) {
                        decoder.pause();
                    }
                }
            },
            decoder);

    @AfterEach
    void close() {
        assertFalse(channel.finishAndReleaseAll());
    }

    private static ByteBuf record(int octets) {
        return Unpooled.buffer()
                .writeByte(23)
                .writeShort(0x0303)
                .writeShort(octets)
                .writeZero(octets);
    }

    @Test
    void passesWholeRecordsOneByOne() {
        ByteBuf all = Unpooled.wrappedBuffer(record(10), record(0), record(300));
        channel.writeInbound(all.readRetainedSlice(3));
        channel.writeInbound(all.readRetainedSlice(20));
        assertEquals(List.of(15, 5), passed);
        channel.writeInbound(all);
        assertEquals(List.of(15, 5, 305), passed);
    }

    @Test
    void whatIsNoRecordGoesOnAsItComes() {
        channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'E', 'H'}));
        channel.writeInbound(Unpooled.copiedBuffer(new byte[] {23, 3, 3, -1, -1, 0}));
        assertEquals(List.of(2, 6), passed);
    }

    @Test
    void holdsRecordsWhileTheDecoderIsPausedAndStopsReading() {
        pausesAfterEach = true;
        channel.writeInbound(Unpooled.wrappedBuffer(record(1), record(2), record(3)));
        assertEquals(List.of(6), passed);
        assertTrue(channel.config().isAutoRead(), "the end of the connection is noticed");
        for (int i = 0; i < 4; i++) {
            channel.writeInbound(record(1 << 14));
        }
        assertFalse(channel.config().isAutoRead());
        decoder.resume();
        assertEquals(List.of(6, 7), passed);
        assertFalse(channel.config().isAutoRead());
        pausesAfterEach = false;
        decoder.resume();
        assertEquals(7, passed.size());
        assertTrue(channel.config().isAutoRead());
    }

    @Test
    void forgetsWhatItHoldsWithTheConnection() {
        decoder.pause();
        ByteBuf held = record(5);
        channel.writeInbound(held);
        channel.close();
        channel.runPendingTasks();
        assertEquals(0, held.refCnt());
        assertEquals(List.of(), passed);
    }
}
