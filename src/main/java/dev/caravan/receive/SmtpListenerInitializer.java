package dev.caravan.receive;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.mail.MemoryShare;
import dev.caravan.net.ListenAddress;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionSetup;
import dev.caravan.session.SmtpSessionHandler;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.NettyServerBootstrapConfiguration;
import org.apache.camel.component.netty.ServerInitializerFactory;
import org.jspecify.annotations.Nullable;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpListenerInitializer extends ServerInitializerFactory implements Reconfigurable {
    private final AtomicReference<SessionSetup> setup;
    private final AtomicReference<IntFunction<Optional<InetAddress>>> claims;
    private final AtomicReference<MemoryShare> memory;
    private final RouteExecutor threads;
    private final PolicyReplies answers;
    private final @Nullable NettyConsumer consumer;
    private volatile Optional<ListenAddress> startedLast = Optional.empty();

    public SmtpListenerInitializer(SessionSetup setup, RouteExecutor threads, PolicyReplies answers) {
        this(
                new AtomicReference<>(setup),
                new AtomicReference<>(port -> Optional.empty()),
                new AtomicReference<>(MemoryShare.unlimited("input")),
                threads,
                answers,
                null);
    }

    private SmtpListenerInitializer(
            AtomicReference<SessionSetup> setup,
            AtomicReference<IntFunction<Optional<InetAddress>>> claims,
            AtomicReference<MemoryShare> memory,
            RouteExecutor threads,
            PolicyReplies answers,
            @Nullable NettyConsumer consumer) {
        this.setup = setup;
        this.claims = claims;
        this.memory = memory;
        this.threads = threads;
        this.answers = answers;
        this.consumer = consumer;
    }

    /** Sets the memory share that recipients of open transactions are charged to; unlimited by default. */
    public SmtpListenerInitializer drawing(MemoryShare share) {
        memory.set(share);
        return this;
    }

    /** Applies the settings to connections that are accepted from now on. */
    @Override
    public void reconfigure(Settings settings) {
        setup.updateAndGet(before -> before.with(SmtpSessionSettings.terms(settings)));
    }

    /** For route tests: maps the port of a local client to the client address that the session assumes. */
    public void claiming(IntFunction<Optional<InetAddress>> addressAtPort) {
        claims.set(addressAtPort);
    }

    /** The address that was bound last; after a failed start, the address that could not be bound. */
    public Optional<ListenAddress> startedLast() {
        return startedLast;
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        NettyServerBootstrapConfiguration listener = consumer.getConfiguration();
        startedLast = Optional.of(new ListenAddress(listener.getHost().replaceAll("[\\[\\]]", ""), listener.getPort()));
        return new SmtpListenerInitializer(setup, claims, memory, threads, answers, consumer);
    }

    @Override
    protected void initChannel(Channel channel) {
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            claims.get()
                    .apply(remote.getPort())
                    .ifPresent(
                            address -> SessionFacts.claim(channel, new InetSocketAddress(address, remote.getPort())));
        }
        SmtpSessionHandler.install(channel.pipeline(), setup.get());
        channel.pipeline().addLast("envelope-memory", new EnvelopeMemory(memory.get()));
        channel.pipeline().addLast("route", new PolicyRouteHandler(consumer, threads, answers));
    }
}
