package dev.caravan.delivery;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channel of one connection with its deadlines: the part of Netty that the dialogue uses. */
final class SmtpChannel {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpChannel.class);

    private final ChannelHandlerContext context;
    private final Deadlines deadlines;

    SmtpChannel(ChannelHandlerContext context, Duration shortestPatience, Runnable whenLate) {
        this.context = context;
        this.deadlines = new Deadlines(context.executor(), shortestPatience, whenLate);
    }

    Channel channel() {
        return context.channel();
    }

    EventExecutor loop() {
        return context.executor();
    }

    Deadlines deadlines() {
        return deadlines;
    }

    /** Sends commands; a failure is reported as {@code exceptionCaught}. */
    void send(String lines) {
        if (LOG.isDebugEnabled()) {
            LOG.debug("{} says {}", context.channel(), lines.replace("\r\n", " "));
        }
        context.writeAndFlush(ByteBufUtil.writeUtf8(context.alloc(), lines), context.voidPromise());
    }

    void sendQuit() {
        context.writeAndFlush(ByteBufUtil.writeAscii(context.alloc(), ClientCommand.QUIT))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    void close() {
        context.close();
    }
}
