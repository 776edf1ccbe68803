package dev.caravan.receive;

import dev.caravan.auth.Logins;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.mail.MemoryShare;
import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.SmtpListeners;
import dev.caravan.queue.Spool;
import dev.caravan.session.SessionLimits;
import dev.caravan.session.SessionRegistry;
import dev.caravan.session.SessionSetup;
import dev.caravan.session.SessionTerms;
import dev.caravan.tls.TlsServer;
import dev.caravan.trace.MailEvents;
import io.netty.channel.EventLoopGroup;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Receives mail by SMTP: the event loops, the sessions, and the {@code netty:} endpoints at which clients connect. */
public final class ReceiveModule implements ServerModule {
    private final EventLoopGroup workers;
    private final SessionRegistry sessions;
    private final SmtpListenerInitializer initializer;
    private final Map<String, Object> beans;

    /**
     * @param listeners where clients connect.
     * @param maxConnections that are open at once.
     * @param disk writes large contents.
     * @param network the memory share for content that waits for the disk.
     * @param input the memory share for recipients of open transactions.
     * @param tls speaks TLS with the clients of each kind of listener.
     * @param logins who the users are.
     */
    public ReceiveModule(
            Settings settings,
            SmtpListeners listeners,
            int maxConnections,
            Executor disk,
            Spool spool,
            MemoryShare network,
            MemoryShare input,
            Function<ListenerKind, TlsServer> tls,
            Logins logins,
            MailEvents events,
            Clock clock,
            RandomGenerator random) {
        this.workers = EventLoops.of(Runtime.getRuntime().availableProcessors(), "smtp-server");
        this.sessions = new SessionRegistry(new SessionLimits.Connections(
                maxConnections,
                SmtpSessionSettings.limits(settings).connections().perAddress()));
        Map<ListenerKind, SessionTerms> terms = SmtpSessionSettings.terms(settings, logins);
        SessionSetup setup = new SessionSetup(
                Objects.requireNonNull(terms.get(ListenerKind.SMTP)),
                (id, whenWritable) -> new SpoolSink(spool, network, disk, whenWritable),
                sessions,
                events,
                clock,
                random);
        this.initializer = new SmtpListenerInitializer(
                        listeners, setup, terms, logins, new PolicyReplies(spool, events))
                .drawing(input)
                .securedBy(tls);
        initializer.reconfigure(settings);
        this.beans = Map.of(
                "smtpServer",
                initializer,
                "smtpWorkers",
                workers,
                "netty",
                new SmtpListenerComponent(listeners),
                "intake",
                new AcceptMail());
    }

    /** The sessions that are open now. */
    public SessionRegistry sessions() {
        return sessions;
    }

    /** Makes the pipelines of connections, and knows which address was bound last. */
    public SmtpListenerInitializer initializer() {
        return initializer;
    }

    /** The event loops of all sessions. */
    public EventLoopGroup workers() {
        return workers;
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(initializer);
    }

    /** Begins to end the event loops; does not wait for it. */
    @Override
    public void close() {
        workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
