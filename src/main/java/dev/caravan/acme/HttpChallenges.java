package dev.caravan.acme;

import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server that serves the answers to http-01 challenges (RFC 8555 §8.3) and nothing else: any other request gets
 * 404. Each connection serves one request and lasts {@value #MAX_SECONDS} s at most; at most {@value #MAX_CONNECTIONS} are
 * open, more are closed at once. Thread-safe.
 */
final class HttpChallenges implements ChallengeResponder {
    static final int MAX_CONNECTIONS = 64;
    static final int MAX_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(HttpChallenges.class);
    private static final String PATH = "/.well-known/acme-challenge/";
    private static final int MAX_REQUEST_LINE = 2048;
    private static final int MAX_HEAD = 8192;
    private static final int MAX_BODY_PART = 1024;
    private static final long GOODBYE_MILLIS = 1000;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final EventLoopGroup loop = EventLoops.of(1, "acme-http");
    private final Channel server;

    private HttpChallenges(ListenAddress address) throws IOException {
        try {
            this.server = new ServerBootstrap()
                    .group(loop)
                    .channel(EventLoops.isNative() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            connected(channel);
                        }
                    })
                    .bind(address.socketAddress())
                    .syncUninterruptibly()
                    .channel();
        } catch (RuntimeException | Error e) {
            loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            throw e;
        }
    }

    /**
     * Begins to listen.
     *
     * @throws IOException if the address is taken or not one of this machine.
     */
    static HttpChallenges listen(ListenAddress address) throws IOException {
        return new HttpChallenges(address);
    }

    private void connected(Channel channel) {
        if (connections.size() >= MAX_CONNECTIONS) {
            channel.close();
            return;
        }
        connections.add(channel);
        channel.eventLoop().schedule(() -> channel.close(), MAX_SECONDS, TimeUnit.SECONDS);
        channel.pipeline()
                .addLast(new HttpRequestDecoder(MAX_REQUEST_LINE, MAX_HEAD, MAX_BODY_PART))
                .addLast(new HttpResponseEncoder())
                .addLast(new Answering());
    }

    /** Answers the first request of a connection. */
    private final class Answering extends SimpleChannelInboundHandler<HttpObject> {
        private boolean isAnswered;

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            if (!isAnswered && message instanceof HttpRequest request) {
                isAnswered = true;
                context.writeAndFlush(answer(request)).addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.debug("connection of {} failed: {}", context.channel().remoteAddress(), cause.toString());
            context.close();
        }
    }

    private DefaultFullHttpResponse answer(HttpRequest request) {
        boolean isReading = request.decoderResult().isSuccess()
                && (HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method()))
                && request.uri().startsWith(PATH);
        String found = isReading ? answers.get(request.uri().substring(PATH.length())) : null;
        byte[] octets = (found == null ? "not found\n" : found).getBytes(StandardCharsets.US_ASCII);
        ByteBuf body =
                HttpMethod.HEAD.equals(request.method()) ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(octets);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, found == null ? HttpResponseStatus.NOT_FOUND : HttpResponseStatus.OK, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, found == null ? "text/plain" : "application/octet-stream")
                .set(HttpHeaderNames.CONTENT_LENGTH, octets.length)
                .set(HttpHeaderNames.CONNECTION, "close");
        return response;
    }

    /** The port that it listens at. */
    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    @Override
    public String type() {
        return "http-01";
    }

    @Override
    public void show(List<Proof> proofs) {
        proofs.forEach(proof -> answers.put(proof.token(), proof.answer()));
    }

    @Override
    public void remove(List<Proof> proofs) {
        proofs.forEach(proof -> answers.remove(proof.token()));
    }

    @Override
    public void close() {
        server.close();
        connections.close();
        boolean unused = loop.shutdownGracefully(0, GOODBYE_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * GOODBYE_MILLIS);
    }
}
