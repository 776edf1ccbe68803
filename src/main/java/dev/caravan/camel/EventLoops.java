package dev.caravan.camel;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

/** Makes the event loops of the SMTP server. */
final class EventLoops {
    private EventLoops() {}

    static boolean isNative() {
        return Epoll.isAvailable();
    }

    static EventLoopGroup of(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory(name, true),
                isNative() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }
}
