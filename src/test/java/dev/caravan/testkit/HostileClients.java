package dev.caravan.testkit;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Any number of clients on two threads, which do what no decent client does. */
final class HostileClients implements AutoCloseable {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Queue<Caller> callers = new ConcurrentLinkedQueue<>();
    private final InetSocketAddress server;

    HostileClients(InetSocketAddress server) {
        this.server = server;
    }

    /** Connects, and sends at once, before any greeting. */
    Caller call(String first) {
        return call(first, true);
    }

    /** @param reads whether what the server says is ever taken. */
    Caller call(String first, boolean reads) {
        Caller caller = new Caller(octets(first));
        callers.add(caller);
        new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, reads)
                .option(ChannelOption.SO_RCVBUF, 8 * 1024)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 60_000)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(caller);
                    }
                })
                .connect(server)
                .addListener(done -> caller.isOver |= !done.isSuccess());
        return caller;
    }

    /** Connects that many times. */
    List<Caller> callAll(int count, String first) {
        List<Caller> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(call(first));
        }
        return all;
    }

    static ByteBuf octets(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        callers.forEach(Caller::hangUp);
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One connection. What was heard may be asked for on any thread. */
    static final class Caller extends ChannelInboundHandlerAdapter {
        /** Enough for a test to look at, whatever a server says. */
        private static final int MOST_KEPT = 256 * 1024;

        /** How often we write before we look at what the server said. */
        private static final int AT_ONCE = 64;

        private final ByteBuf first;
        // One thread writes, another reads.
        @SuppressWarnings("JdkObsolete")
        private final StringBuffer heard = new StringBuffer();

        private volatile Channel channel;
        private volatile boolean isOver;
        private boolean isPouring;
        private ByteBuf piece = Unpooled.EMPTY_BUFFER;
        private volatile long pieces;

        private Caller(ByteBuf first) {
            this.first = first;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            channel = context.channel();
            if (first.isReadable()) {
                context.writeAndFlush(first);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf octets = (ByteBuf) message;
            if (heard.length() < MOST_KEPT) {
                heard.append(octets.toString(StandardCharsets.US_ASCII));
            }
            octets.release();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            pour();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            isOver = true;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // The server has closed while we were still talking.
            context.close();
        }

        boolean isConnected() {
            return channel != null && !isOver;
        }

        /** Whether the connection is gone, or never came. */
        boolean isOver() {
            return isOver;
        }

        void send(String text) {
            channel.writeAndFlush(octets(text));
        }

        /** Sends the same octets many times, as fast as they are taken. */
        void send(String text, long times) {
            pieces = times;
            channel.eventLoop().execute(() -> {
                piece = octets(text);
                pour();
            });
        }

        /** Sends one of the octets every some milliseconds, until there are no more. */
        void drip(String text, long millis) {
            if (!text.isEmpty() && isConnected()) {
                channel.writeAndFlush(octets(text.substring(0, 1)));
                channel.eventLoop().schedule(() -> drip(text.substring(1), millis), millis, TimeUnit.MILLISECONDS);
            }
        }

        /** Whether all that {@link #send(String, long)} was given has been handed over. */
        boolean hasSentAll() {
            return pieces == 0;
        }

        private void pour() {
            // To flush may make the channel writable again, and so call this within itself.
            if (isPouring) {
                return;
            }
            isPouring = true;
            long left = pieces;
            for (int i = 0; i < AT_ONCE && left > 0 && channel.isWritable(); i++) {
                channel.writeAndFlush(piece.retainedDuplicate());
                left--;
            }
            pieces = left;
            isPouring = false;
            if (left > 0 && channel.isWritable()) {
                channel.eventLoop().execute(this::pour);
            }
        }

        /** No more comes from us, but we listen. */
        void halfClose() {
            ((SocketChannel) channel).shutdownOutput();
        }

        /** The connection is torn down at once. */
        void reset() {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        }

        void hangUp() {
            if (channel != null) {
                channel.close();
            }
        }

        String heard() {
            return heard.toString();
        }

        /** The codes of the replies that were heard to their end. */
        List<Integer> codes() {
            List<Integer> codes = new ArrayList<>();
            for (String line : heard().split("\r\n", -1)) {
                if (line.matches("[2-5][0-9][0-9] .*")) {
                    codes.add(Integer.valueOf(line.substring(0, 3)));
                }
            }
            return codes;
        }

        long count(int code) {
            return codes().stream().filter(heardCode -> heardCode == code).count();
        }

        void await(String text) {
            Await.until("\"" + text + "\" comes after " + heard(), () -> heard().contains(text));
        }

        void awaitEnd() {
            Await.until("the end after " + heard(), () -> isOver);
        }
    }
}
