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
import java.util.function.IntFunction;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.NettyServerBootstrapConfiguration;
import org.apache.camel.component.netty.ServerInitializerFactory;
import org.jspecify.annotations.Nullable;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpListenerInitializer extends ServerInitializerFactory implements Reconfigurable {
    /** What the bean and the copy of each listener have in common. */
    private static final class Shared {
        private volatile SessionSetup setup;
        private volatile IntFunction<Optional<InetAddress>> claims = port -> Optional.empty();
        private volatile MemoryShare memory = MemoryShare.unlimited("input");

        Shared(SessionSetup setup) {
            this.setup = setup;
        }

        synchronized void apply(Settings settings) {
            setup = setup.with(SmtpSessionSettings.terms(settings));
        }
    }

    private final Shared shared;
    private final PolicyReplies answers;
    private final @Nullable NettyConsumer consumer;
    private volatile Optional<ListenAddress> startedLast = Optional.empty();

    public SmtpListenerInitializer(SessionSetup setup, PolicyReplies answers) {
        this(new Shared(setup), answers, null);
    }

    private SmtpListenerInitializer(Shared shared, PolicyReplies answers, @Nullable NettyConsumer consumer) {
        this.shared = shared;
        this.answers = answers;
        this.consumer = consumer;
    }

    /** Sets the memory share that recipients of open transactions are charged to; unlimited by default. */
    public SmtpListenerInitializer drawing(MemoryShare share) {
        shared.memory = share;
        return this;
    }

    /** Applies the settings to connections that are accepted from now on. */
    @Override
    public void reconfigure(Settings settings) {
        shared.apply(settings);
    }

    /** For route tests: maps the port of a local client to the client address that the session assumes. */
    public void claiming(IntFunction<Optional<InetAddress>> addressAtPort) {
        shared.claims = addressAtPort;
    }

    /** The address that was bound last; after a failed start, the address that could not be bound. */
    public Optional<ListenAddress> startedLast() {
        return startedLast;
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        NettyServerBootstrapConfiguration listener = consumer.getConfiguration();
        startedLast = Optional.of(new ListenAddress(listener.getHost().replaceAll("[\\[\\]]", ""), listener.getPort()));
        return new SmtpListenerInitializer(shared, answers, consumer);
    }

    @Override
    protected void initChannel(Channel channel) {
        if (consumer == null) {
            throw new IllegalStateException("no consumer (expected: one that createPipelineFactory made)");
        }
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            shared.claims
                    .apply(remote.getPort())
                    .ifPresent(
                            address -> SessionFacts.claim(channel, new InetSocketAddress(address, remote.getPort())));
        }
        SmtpSessionHandler.install(channel.pipeline(), shared.setup);
        channel.pipeline().addLast("envelope-memory", new EnvelopeMemory(shared.memory));
        channel.pipeline().addLast("route", new PolicyRouteHandler(consumer, answers));
    }
}
