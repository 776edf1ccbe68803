package dev.caravan.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** Makes the event loops that serve connections, with the system's native transport if there is one. */
public final class EventLoops {
    private EventLoops() {}

    public static boolean isNative() {
        return Epoll.isAvailable();
    }

    /** The channels of connections that this side opens, served by these event loops. */
    public static Class<? extends SocketChannel> channelType(EventLoopGroup loops) {
        return loops instanceof IoEventLoopGroup group && group.isIoType(EpollIoHandler.class)
                ? EpollSocketChannel.class
                : NioSocketChannel.class;
    }

    public static EventLoopGroup of(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory(name, true),
                isNative() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }
}
