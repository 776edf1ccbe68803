package dev.caravan.receive;

import dev.caravan.net.Networks;
import dev.caravan.session.SessionFacts;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a connection of a proxy back until its PROXY header, version 1 or 2, has come, which names the client (the
 * PROXY protocol of HAProxy). Then the connection begins, as one of that client. A proxy that sends anything else, or
 * nothing for some time, is disconnected without a greeting. Confined to the channel's event loop.
 */
final class ProxyGate extends ChannelInboundHandlerAdapter {
    /** The most octets of a header's extensions (TLVs), which are not used. */
    static final int MAX_EXTENSIONS = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(ProxyGate.class);
    private static final String DECODER = "proxy-header";

    private final Duration patience;
    private @Nullable Future<?> timer;
    private boolean isOver;

    private ProxyGate(Duration patience) {
        this.patience = patience;
    }

    /** Holds the connection back if it comes from one of the proxies; call before other handlers are added. */
    static void install(ChannelPipeline pipeline, Networks proxies, Duration patience) {
        if (pipeline.channel().remoteAddress() instanceof InetSocketAddress peer
                && peer.getAddress() != null
                && proxies.contains(peer.getAddress())) {
            pipeline.addLast(DECODER, new HAProxyMessageDecoder(MAX_EXTENSIONS));
            pipeline.addLast("proxy-gate", new ProxyGate(patience));
        }
    }

    /** The session behind begins later. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        timer = ctx.executor()
                .schedule(
                        () -> refuse(ctx, "it sent no PROXY header within " + patience.toMillis() + " ms"),
                        patience.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (isOver || !(message instanceof HAProxyMessage header)) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            Optional<InetSocketAddress> client = address(header.sourceAddress(), header.sourcePort());
            Optional<InetSocketAddress> server = address(header.destinationAddress(), header.destinationPort());
            // LOCAL is a connection of the proxy itself, such as a health check; UNKNOWN and sockets of files name no
            // client.
            if (header.command() == HAProxyCommand.PROXY && client.isPresent()) {
                SessionFacts.claim(ctx.channel(), client.get(), server);
            }
        } finally {
            header.release();
        }
        stopTimer();
        isOver = true;
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    private static Optional<InetSocketAddress> address(@Nullable String host, int port) {
        InetAddress address = host == null ? null : NetUtil.createInetAddressFromIpAddressString(host);
        return address == null ? Optional.empty() : Optional.of(new InetSocketAddress(address, port));
    }

    private void refuse(ChannelHandlerContext ctx, String reason) {
        if (!isOver) {
            isOver = true;
            stopTimer();
            LOG.warn(
                    "disconnected the proxy {}, {} (expected: a PROXY header, since it is in smtp.proxy-networks)",
                    peer(ctx.channel()),
                    reason);
            ctx.close();
        }
    }

    private static String peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : "-";
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Not the text of the exception: it may have octets of the peer.
        LOG.debug("no PROXY header", cause);
        refuse(ctx, "it sent something else");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stopTimer();
        isOver = true;
        ctx.fireChannelInactive();
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
