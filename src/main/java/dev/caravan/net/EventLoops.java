package dev.caravan.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

/** Makes the event loops that serve connections, with the system's native transport if there is one. */
public final class EventLoops {
    private EventLoops() {}

    public static boolean isNative() {
        return Epoll.isAvailable();
    }

    public static EventLoopGroup of(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory(name, true),
                isNative() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }
}
