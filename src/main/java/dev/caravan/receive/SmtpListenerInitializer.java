package dev.caravan.receive;

import dev.caravan.auth.Logins;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.mail.MemoryShare;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.net.SmtpListener;
import dev.caravan.net.SmtpListeners;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionSetup;
import dev.caravan.session.SessionTerms;
import dev.caravan.session.SmtpSessionHandler;
import dev.caravan.tls.TlsServer;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.NettyServerBootstrapConfiguration;
import org.apache.camel.component.netty.ServerInitializerFactory;
import org.jspecify.annotations.Nullable;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpListenerInitializer extends ServerInitializerFactory implements Reconfigurable {
    /**
     * The client that a test of routes stands for.
     *
     * @param address the client's address.
     * @param user the user that has authenticated.
     */
    public record Claim(InetAddress address, Optional<String> user) {}

    /** What the bean and the copy of each listener have in common. */
    private static final class Shared {
        private final SmtpListeners listeners;
        private final SessionSetup setup;
        private final Logins logins;
        private volatile Map<ListenerKind, SessionTerms> terms;
        private volatile Networks proxies = Networks.NONE;
        private volatile Duration proxyTimeout = Duration.ZERO;
        private volatile IntFunction<Optional<Claim>> claims = port -> Optional.empty();
        private volatile Optional<Function<ListenerKind, TlsServer>> tls = Optional.empty();
        private volatile MemoryShare memory = MemoryShare.unlimited("input");

        Shared(SmtpListeners listeners, SessionSetup setup, Map<ListenerKind, SessionTerms> terms, Logins logins) {
            this.listeners = listeners;
            this.setup = setup;
            this.logins = logins;
            this.terms = terms;
        }

        void apply(Settings settings) {
            terms = secured(SmtpSessionSettings.terms(settings, logins));
            proxyTimeout = settings.get(SmtpSettings.PROXY_TIMEOUT);
            proxies = settings.get(SmtpSettings.PROXY_NETWORKS);
        }

        void secure(Function<ListenerKind, TlsServer> servers) {
            tls = Optional.of(servers);
            terms = secured(terms);
        }

        private Map<ListenerKind, SessionTerms> secured(Map<ListenerKind, SessionTerms> clear) {
            Map<ListenerKind, SessionTerms> secured = new EnumMap<>(clear);
            tls.ifPresent(servers -> secured.replaceAll((kind, terms) -> terms.securedBy(servers.apply(kind))));
            return secured;
        }

        SessionSetup setup(ListenerKind kind) {
            return setup.with(Objects.requireNonNull(terms.get(kind)));
        }
    }

    private final Shared shared;
    private final PolicyReplies answers;
    private final @Nullable NettyConsumer consumer;
    private final ListenerKind kind;
    private volatile Optional<ListenAddress> startedLast = Optional.empty();

    /**
     * @param listeners where clients connect.
     * @param setup what all sessions share; with the terms of any kind of listener.
     * @param terms of the sessions of each kind.
     * @param logins for terms that follow from changed settings.
     */
    public SmtpListenerInitializer(
            SmtpListeners listeners,
            SessionSetup setup,
            Map<ListenerKind, SessionTerms> terms,
            Logins logins,
            PolicyReplies answers) {
        this(new Shared(listeners, setup, terms, logins), answers, null, ListenerKind.SMTP);
    }

    private SmtpListenerInitializer(
            Shared shared, PolicyReplies answers, @Nullable NettyConsumer consumer, ListenerKind kind) {
        this.shared = shared;
        this.answers = answers;
        this.consumer = consumer;
        this.kind = kind;
    }

    /** Sets the memory share that recipients of open transactions are charged to; unlimited by default. */
    public SmtpListenerInitializer drawing(MemoryShare share) {
        shared.memory = share;
        return this;
    }

    /** Sets what speaks TLS with the clients of each kind of listener; without it clients cannot use TLS. */
    public SmtpListenerInitializer securedBy(Function<ListenerKind, TlsServer> servers) {
        shared.secure(servers);
        return this;
    }

    /** Applies the settings to connections that are accepted from now on. */
    @Override
    public void reconfigure(Settings settings) {
        shared.apply(settings);
    }

    /** For route tests: maps the port of a local client to the client that the session assumes. */
    public void claiming(IntFunction<Optional<Claim>> clientAtPort) {
        shared.claims = clientAtPort;
    }

    /** The address that was bound last; after a failed start, the address that could not be bound. */
    public Optional<ListenAddress> startedLast() {
        return startedLast;
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        NettyServerBootstrapConfiguration listener = consumer.getConfiguration();
        ListenAddress address = new ListenAddress(listener.getHost().replaceAll("[\\[\\]]", ""), listener.getPort());
        startedLast = Optional.of(address);
        // A listener at an address that is in no setting is an operator's own, and has the rules for other servers.
        ListenerKind of = shared.listeners.at(address).map(SmtpListener::kind).orElse(ListenerKind.SMTP);
        return new SmtpListenerInitializer(shared, answers, consumer, of);
    }

    @Override
    protected void initChannel(Channel channel) {
        if (consumer == null) {
            throw new IllegalStateException("no consumer (expected: one that createPipelineFactory made)");
        }
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            shared.claims.apply(remote.getPort()).ifPresent(claim -> {
                SessionFacts.claim(channel, new InetSocketAddress(claim.address(), remote.getPort()), Optional.empty());
                claim.user().ifPresent(user -> SessionFacts.claimUser(channel, user));
            });
        }
        ProxyGate.install(channel.pipeline(), shared.proxies, shared.proxyTimeout);
        SmtpSessionHandler.install(channel.pipeline(), shared.setup(kind));
        channel.pipeline().addLast("envelope-memory", new EnvelopeMemory(shared.memory));
        channel.pipeline().addLast("route", new PolicyRouteHandler(consumer, answers));
    }
}
