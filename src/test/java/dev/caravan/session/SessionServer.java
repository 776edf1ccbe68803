package dev.caravan.session;

import dev.caravan.mail.Domain;
import dev.caravan.net.ListenerKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** One session on an embedded channel, with a scripted route behind it and sinks in memory. */
final class SessionServer {
    static final Instant NOW = Instant.parse("2024-05-01T12:00:00Z");

    final ScriptedRoute route;
    final MemorySinks sinks;
    final SessionRegistry registry;
    final EmbeddedChannel channel;
    private final Deque<String> lines = new ArrayDeque<>();
    private final StringBuilder partial = new StringBuilder();

    SessionServer(SessionLimits limits, ScriptedRoute route, SessionRegistry registry, SessionListener listener) {
        this(limits, Tolerance.DEFAULT, Admission.ALL, route, registry, listener);
    }

    SessionServer(
            SessionLimits limits,
            Tolerance tolerance,
            Admission admission,
            ScriptedRoute route,
            SessionRegistry registry,
            SessionListener listener) {
        this(ListenerKind.SMTP, limits, tolerance, admission, AuthTerms.NONE, route, registry, listener);
    }

    SessionServer(
            ListenerKind kind,
            SessionLimits limits,
            Tolerance tolerance,
            Admission admission,
            AuthTerms auth,
            ScriptedRoute route,
            SessionRegistry registry,
            SessionListener listener) {
        this.route = route;
        this.sinks = new MemorySinks(route::inItsTime);
        this.registry = registry;
        SessionSetup setup = new SessionSetup(
                new SessionTerms(kind, new Domain("mx.example"), limits, tolerance, admission, auth),
                sinks,
                registry,
                listener,
                Clock.fixed(NOW, ZoneOffset.UTC),
                new SplittableRandom(1));
        channel = new AddressedChannel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel ch) {
                SmtpSessionHandler.install(ch.pipeline(), setup);
                ch.pipeline().addLast(route);
            }
        });
        channel.freezeTime();
    }

    static SessionServer withDefaults() {
        return new SessionServer(
                SessionLimits.DEFAULT,
                new ScriptedRoute(false),
                new SessionRegistry(SessionLimits.Connections.DEFAULT),
                SessionListener.NONE);
    }

    static Replies replies() {
        return new Replies(new Domain("mx.example"), 1);
    }

    void receive(byte[] octets, int chunk) {
        for (int from = 0; from < octets.length && channel.isOpen(); from += Math.min(chunk, octets.length)) {
            channel.writeInbound(Unpooled.copiedBuffer(octets, from, Math.min(chunk, octets.length - from)));
        }
    }

    void receive(String text) {
        receive(text.getBytes(StandardCharsets.ISO_8859_1), Integer.MAX_VALUE);
    }

    /** The next line that was sent; what waits is done only if there is no line without it. */
    Optional<String> nextLine() {
        do {
            channel.runPendingTasks();
            collect();
        } while (lines.isEmpty() && route.next());
        return Optional.ofNullable(lines.poll());
    }

    /** Does all that waits. */
    void settle() {
        do {
            channel.runPendingTasks();
        } while (route.next());
        collect();
    }

    void pass(long seconds) {
        settle();
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    /** Everything that was sent and not yet taken, lines joined by a bar. */
    String sent() {
        settle();
        String text = String.join("|", lines);
        lines.clear();
        return text;
    }

    private void collect() {
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            partial.append(buffer.toString(StandardCharsets.US_ASCII));
            buffer.release();
        }
        for (int end = partial.indexOf("\r\n"); end >= 0; end = partial.indexOf("\r\n")) {
            lines.add(partial.substring(0, end));
            partial.delete(0, end + 2);
        }
    }

    private static final class AddressedChannel extends EmbeddedChannel {
        AddressedChannel(ChannelInitializer<Channel> initializer) {
            super(initializer);
        }

        @Override
        protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("192.0.2.7", 40000);
        }

        @Override
        protected SocketAddress localAddress0() {
            return new InetSocketAddress("192.0.2.1", 25);
        }
    }
}
