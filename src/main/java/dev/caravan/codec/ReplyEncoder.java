package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

/**
 * Turns a {@link Reply} into octets: a line for each of its lines, code and hyphen before all but the last, CRLF after
 * each (RFC 5321 §4.2.1). It refuses any other object, so that only replies can reach a client.
 */
@Sharable
public final class ReplyEncoder extends ChannelOutboundHandlerAdapter {
    private static final int CRLF = '\r' << 8 | '\n';

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Reply reply) {
            ctx.write(octets(ctx, reply), promise);
        } else {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new IllegalArgumentException(
                    "a " + message.getClass().getName() + " cannot be sent to a client (expected: a Reply)"));
        }
    }

    private static ByteBuf octets(ChannelHandlerContext ctx, Reply reply) {
        String text = reply.text();
        ByteBuf octets = ctx.alloc().buffer(text.length() + 2 * reply.lines().size());
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            writeLine(octets, text.substring(start, end));
            start = end + 1;
        }
        writeLine(octets, text.substring(start));
        return octets;
    }

    private static void writeLine(ByteBuf octets, String line) {
        ByteBufUtil.writeAscii(octets, line);
        octets.writeShort(CRLF);
    }
}
