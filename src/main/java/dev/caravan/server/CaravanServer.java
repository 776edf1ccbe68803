package dev.caravan.server;

import dev.caravan.acme.AcmeSettings;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.http.HttpSettings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.SmtpListener;
import dev.caravan.net.SmtpListeners;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.reload.ConfigWatcher;
import dev.caravan.reload.FileStamps;
import dev.caravan.reload.RouteCheck;
import dev.caravan.reload.RouteFiles;
import dev.caravan.reload.RoutesAtStart;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.steps.PolicySettings;
import dev.caravan.store.MessageSettings;
import dev.caravan.tls.SocketTls;
import dev.caravan.tls.TlsModule;
import dev.caravan.transport.DeliverySettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server: the broker, the routes and all their objects. */
public final class CaravanServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CaravanServer.class);
    /** How long clients may take to finish what they have begun. */
    private static final Duration STOP = Duration.ofSeconds(20);

    private static final Duration GOODBYE = CamelContexts.GOODBYE;

    private final Optional<EmbeddedBroker> broker;
    private final ServerAssembly parts;
    private final Main main;
    private final RunningRoutes routes;
    private final SmtpListeners smtp;
    private final ConfigWatcher reload;
    private final Duration stopLimit;
    private final Duration deliveryLimit;
    private Optional<ListenAddress> http = Optional.empty();
    private boolean closed;

    private CaravanServer(
            Optional<EmbeddedBroker> broker,
            ServerAssembly parts,
            Main main,
            RunningRoutes routes,
            SmtpListeners smtp,
            ConfigWatcher reload,
            Duration stopLimit,
            Duration deliveryLimit) {
        this.broker = broker;
        this.parts = parts;
        this.main = main;
        this.routes = routes;
        this.smtp = smtp;
        this.reload = reload;
        this.stopLimit = stopLimit;
        this.deliveryLimit = deliveryLimit;
    }

    /**
     * Starts a server; when this returns, it serves.
     *
     * @param whenBroken runs if the embedded broker stops by itself.
     * @param check of routes that are changed while the server runs.
     * @throws Exception if a setting, a route or the broker's configuration is unusable, or a port is taken.
     */
    public static CaravanServer start(ServerHome home, Settings settings, Runnable whenBroken, RouteCheck check)
            throws Exception {
        return start(home, settings, whenBroken, check, TestOverrides.none());
    }

    /** Starts a server of which a test replaces parts. */
    public static CaravanServer start(
            ServerHome home, Settings settings, Runnable whenBroken, RouteCheck check, TestOverrides overrides)
            throws Exception {
        warn(home, settings);
        SmtpListeners smtp = SmtpSettings.listeners(settings).withFreePorts();
        Optional<EmbeddedBroker> broker = Optional.empty();
        if (settings.get(BrokerSettings.URL).isEmpty()) {
            broker = Optional.of(EmbeddedBroker.start(home, settings, whenBroken));
        }
        ServerAssembly parts = null;
        try {
            parts = new ServerAssembly(home, settings, broker, smtp, overrides);
            if (broker.isPresent()) {
                listen(broker.get(), parts.tls(), settings);
            }
            if (overrides.ticking()) {
                parts.files().warn();
            }
            Path routeFolder = home.routes();
            FileStamps stamps = ConfigWatcher.stamps(home, routeFolder);
            Properties placeholders = Placeholders.of(settings, overrides.ticking(), smtp);
            Main main = CamelContexts.create(placeholders);
            RoutesAtStart.check(
                    RouteFiles.list(routeFolder),
                    parts.beans(),
                    placeholders,
                    settings.catalog().formerNames());
            main.configure().addRoutesBuilder(parts.liveRoutes().of(RouteFiles.list(routeFolder)));
            parts.liveRoutes().startOnly(overrides.begins());
            overrides.beans().apply(parts.beans()).forEach(main::bind);
            RunningRoutes routes = new RunningRoutes(main, parts, smtp, overrides.ticking());
            ConfigWatcher reload = new ConfigWatcher(home, settings, parts.liveRoutes(), routes, check, stamps);
            CaravanServer server = new CaravanServer(
                    broker,
                    parts,
                    main,
                    routes,
                    smtp,
                    reload,
                    overrides.stopLimit().orElse(STOP),
                    overrides.stopLimit().orElse(settings.get(DeliverySettings.STOP_TIMEOUT)));
            server.serve(settings, overrides.ticking());
            return server;
        } catch (Exception e) {
            if (parts != null) {
                parts.close();
            }
            broker.ifPresent(EmbeddedBroker::close);
            throw e;
        }
    }

    private static void listen(EmbeddedBroker broker, TlsModule tls, Settings settings) throws Exception {
        Optional<String> address = settings.get(BrokerSettings.LISTEN);
        if (address.isPresent()) {
            broker.listen(address.get(), Optional.of(SocketTls.server(tls.keyManager(), tls.versions())));
        }
    }

    private static void warn(ServerHome home, Settings settings) {
        settings.warnings().forEach(warning -> LOG.warn("{}", warning));
        settings.unserved().forEach(key -> LOG.warn("{} has no effect (expected: submissions.listen)", key));
        // A relay needs no users, also not for its own name.
        if (!settings.text(MailSettings.LOCAL_DOMAINS).isBlank()
                && home.usesShipped(settings.get(PolicySettings.USERS))) {
            LOG.warn("{} has no file of users: mail for its local domains is refused", home.folder());
        }
        settings.get(BrokerSettings.URL)
                .ifPresent(url -> LOG.info(
                        "broker {}; all servers that use it must have these folders in common: {}, {}",
                        url,
                        home.mail().resolve(settings.get(MessageSettings.SPOOL)),
                        home.mail().resolve(settings.get(DeliverySettings.MAILDIRS))));
    }

    private void serve(Settings settings, boolean ticking) throws Exception {
        Optional<ListenAddress> web = settings.get(HttpSettings.LISTEN);
        if (web.isPresent()) {
            http = Optional.of(bindHttp(web.get(), settings.text(HttpSettings.LISTEN)));
        }
        startRoutes();
        parts.liveRoutes()
                .unserved()
                .forEach(kind ->
                        LOG.warn("{} has addresses, but no route listens there: {}", kind.setting(), kind.remedy()));
        if (http.isPresent()) {
            parts.monitoring()
                    .serve(
                            routes::listens,
                            reload::isRefused,
                            parts.inHand()::counts,
                            parts.inHand()::oldest,
                            parts.smtp()::conversions,
                            ticking);
        }
        parts.web().serve();
        parts.control().serve();
        if (ticking) {
            beginAcme(settings);
            parts.sources()
                    .sendmail()
                    .serve(new IdempotentSubmitter.Target(camel(), "direct:submit"), smtp.fromThisMachine());
            reload.begin();
        }
    }

    private ListenAddress bindHttp(ListenAddress address, String asGiven) throws Exception {
        try {
            return parts.web().bind(address);
        } catch (IOException e) {
            throw CamelContexts.explained(e, asGiven, HttpSettings.LISTEN.key());
        }
    }

    private void beginAcme(Settings settings) throws Exception {
        try {
            parts.acme().begin();
        } catch (IOException e) {
            throw CamelContexts.explained(e, settings.text(AcmeSettings.LISTEN), AcmeSettings.LISTEN.key());
        }
    }

    /** Starts Camel, and with it the SMTP listeners. */
    private void startRoutes() throws Exception {
        try {
            main.start();
            parts.begin(main.getCamelContext());
        } catch (Exception e) {
            SmtpListener last = parts.receive()
                    .initializer()
                    .startedLast()
                    .flatMap(smtp::at)
                    .orElseGet(() -> smtp.all().get(0));
            throw CamelContexts.explained(e, last.address().toString(), last.setting());
        }
    }

    /** How many SMTP clients are connected now. */
    public int sessions() {
        return parts.receive().sessions().open();
    }

    /** The number of deliveries in hand: those whose result is not recorded yet. */
    public int deliveries() {
        return parts.inHand().size();
    }

    /** Where SMTP clients of this machine connect. */
    public InetSocketAddress smtpAddress() {
        return smtp.fromThisMachine();
    }

    /** Where SMTP clients connect. */
    public SmtpListeners listeners() {
        return smtp;
    }

    /** {@code HOST:PORT} of the HTTP listener, if there is one. */
    public Optional<String> http() {
        return http.map(ListenAddress::toString);
    }

    /** Moves deferred messages that are due, as the timer does each second. */
    public int tick() {
        return parts.housekeeping().scheduler().tick();
    }

    /** Finds lanes of parked mail, and takes what has been in one for long, as the timer does each minute. */
    public void lookAtParkedMail() {
        parts.parked().look();
    }

    /** Looks for changed tables and certificates, as a timer does each second. A change is read once it is whole. */
    public void lookAtFiles() {
        parts.lookAtFiles();
    }

    /** Removes old returned messages, as the timer does each minute. */
    public int prune() {
        return parts.housekeeping().pruner().prune();
    }

    /**
     * Looks for changed routes and settings, as a timer does each second. A change is applied at the second look that finds
     * the files the same.
     *
     * @return the mistakes that were found now; nothing is applied then.
     */
    public List<String> reload() {
        return reload.look();
    }

    /** The embedded broker, if there is one. */
    public Optional<EmbeddedBroker> broker() {
        return broker;
    }

    /** The running routes. */
    public CamelContext camel() {
        return main.getCamelContext();
    }

    /**
     * Stops cleanly: no new connections, idle sessions get 421, transactions that have begun may end within 20 s.
     * Deliveries by SMTP that have not sent the whole content are given up at once; those that await the last reply, and
     * those by other routes, may end within {@code delivery.stop-timeout}. All other messages stay in their queues. What
     * is given up or cut off is not counted as an attempt.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        long begun = System.nanoTime();
        LOG.info("stopping");
        reload.close();
        parts.stopping().begin();
        List<Thread> cutOffs = cutOffLater();
        parts.sources().sendmail().close();
        List<Thread> deliveries = routes.stopDeliveries();
        parts.inHand().stop();
        drain();
        long idle = begun + stopLimit.toNanos();
        parts.web().awaitIdle(idle);
        parts.control().awaitIdle(idle);
        // Before the context stops, since deliveries need its routes until the last of them is settled.
        long end = begun + deliveryLimit.plus(GOODBYE).toNanos();
        deliveries.forEach(delivery -> Threads.join(delivery, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        main.stop();
        cutOffs.forEach(Thread::interrupt);
        parts.close();
        broker.ifPresent(EmbeddedBroker::close);
        LOG.info("stopped after {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    /** The deadlines of a stop; interrupt these threads when it has ended. */
    private List<Thread> cutOffLater() {
        Duration longest = stopLimit.compareTo(deliveryLimit) > 0 ? stopLimit : deliveryLimit;
        return List.of(
                after(stopLimit, parts::abortIntake),
                after(deliveryLimit, parts::abortDeliveries),
                // A thread that waits for a broker that does not answer would wait for ever.
                after(longest.plus(GOODBYE), parts::disconnect));
    }

    private static Thread after(Duration delay, Runnable deadline) {
        Thread thread = new Thread(
                () -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(delay.toMillis());
                        deadline.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop-deadline");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void drain() {
        try {
            // A little longer than the limit, so that clients whose messages were cut off get their 451.
            long most = stopLimit.plus(GOODBYE).toMillis();
            parts.receive().sessions().drain().toCompletableFuture().get(most, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "{} clients did not finish in time",
                    parts.receive().sessions().open());
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
