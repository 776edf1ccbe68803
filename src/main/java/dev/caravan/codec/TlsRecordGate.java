package dev.caravan.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * Passes the records of TLS on one by one, and none while the decoder behind it is paused; so the engine of TLS finds the
 * client's close_notify only after each command before it is answered. The engines send nothing more once they have found
 * it, and that of OpenSSL fails if it is told to end its side while records wait in it.
 *
 * <p>While it holds records, it reads about 64 KiB, so that the end of the connection is noticed, then stops reading from
 * the socket. What is not a record of TLS is passed on as it comes, for the engine to refuse. Stands before the handler of
 * TLS; confined to the channel's event loop.
 */
public final class TlsRecordGate extends ChannelDuplexHandler {
    /** Type, version and length of a record (RFC 8446 §5.1). */
    private static final int HEADER = 5;

    private static final int LENGTH_AT = 3;
    private static final int FIRST_TYPE = 20;
    private static final int LAST_TYPE = 24;
    /** The largest of TLS 1.2 (RFC 5246 §6.2.3). */
    private static final int MAX_RECORD = (1 << 14) + 2048;

    private static final int MOST_HELD = 64 << 10;

    private final SmtpServerDecoder decoder;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private boolean passing;
    private boolean passedAny;
    private boolean stoppedReading;
    private boolean isOver;

    /** @param decoder that may pause; it is told of this gate. */
    public TlsRecordGate(SmtpServerDecoder decoder) {
        this.decoder = decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        decoder.beforeReading(() -> {
            pass(ctx);
            if (passedAny && !passing) {
                passedAny = false;
                ctx.fireChannelReadComplete();
            }
            if (stoppedReading && !decoder.isPaused()) {
                stoppedReading = false;
                ctx.channel().config().setAutoRead(true);
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf octets)) {
            ctx.fireChannelRead(message);
            return;
        }
        held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, octets);
        pass(ctx);
        if (decoder.isPaused() && held.readableBytes() >= MOST_HELD && !stoppedReading) {
            stoppedReading = true;
            ctx.channel().config().setAutoRead(false);
        }
    }

    private void pass(ChannelHandlerContext ctx) {
        if (passing) {
            return;
        }
        passing = true;
        try {
            while (!isOver && !decoder.isPaused()) {
                int octets = nextOctets();
                if (octets == 0) {
                    break;
                }
                passedAny = true;
                ctx.fireChannelRead(held.readRetainedSlice(octets));
            }
        } finally {
            passing = false;
        }
        if (isOver || !held.isReadable()) {
            drop();
        }
    }

    /** The size of the next record; 0 if it is not complete. */
    private int nextOctets() {
        int readable = held.readableBytes();
        if (readable == 0) {
            return 0;
        }
        int type = held.getUnsignedByte(held.readerIndex());
        if (type < FIRST_TYPE || type > LAST_TYPE) {
            return readable;
        }
        if (readable < HEADER) {
            return 0;
        }
        int length = held.getUnsignedShort(held.readerIndex() + LENGTH_AT);
        if (length > MAX_RECORD) {
            return readable;
        }
        return readable < HEADER + length ? 0 : HEADER + length;
    }

    /** Not passed on if nothing was, because the handler of TLS then reads from the socket itself. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (passedAny || !decoder.isPaused()) {
            passedAny = false;
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!stoppedReading) {
            ctx.read();
        }
    }

    private void drop() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    private void end() {
        isOver = true;
        if (!passing) {
            drop();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }
}
