package dev.caravan.server;

import dev.caravan.accounts.AuthSettings;
import dev.caravan.accounts.LoginModule;
import dev.caravan.acme.AcmeModule;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.LaneRegister;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.broker.StoreScanner;
import dev.caravan.camel.ComponentsModule;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.control.ControlListener;
import dev.caravan.control.ControlModule;
import dev.caravan.dns.MailDns;
import dev.caravan.events.EventPublisher;
import dev.caravan.events.EventSettings;
import dev.caravan.exchange.Decisions;
import dev.caravan.filter.FilterSettings;
import dev.caravan.filter.Filters;
import dev.caravan.housekeeping.HousekeepingModule;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpListener;
import dev.caravan.http.HttpModule;
import dev.caravan.http.HttpSettings;
import dev.caravan.http.HttpTls;
import dev.caravan.lifecycle.FileHandles;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.login.SmartHostGate;
import dev.caravan.metrics.Exposition;
import dev.caravan.metrics.FilterMetrics;
import dev.caravan.metrics.MailCounts;
import dev.caravan.monitoring.BrokerProbe;
import dev.caravan.monitoring.EventLoopWatchdog;
import dev.caravan.monitoring.HealthChecks;
import dev.caravan.monitoring.MonitoringEndpoints;
import dev.caravan.net.SmtpListeners;
import dev.caravan.outcome.AgeLimit;
import dev.caravan.policy.DestinationFile;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.SmartHostFile;
import dev.caravan.policy.TableWatch;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.receive.BlockingThreads;
import dev.caravan.receive.LoginRoute;
import dev.caravan.receive.ReceiveModule;
import dev.caravan.receive.StepThreads;
import dev.caravan.recovery.DamageReports;
import dev.caravan.reload.ReloadableRoutes;
import dev.caravan.reload.RouteStartup;
import dev.caravan.routetext.BeanNames;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.settle.ReportSettings;
import dev.caravan.settle.SettleModule;
import dev.caravan.source.IntakeModule;
import dev.caravan.source.file.PickupSettings;
import dev.caravan.source.http.SubmissionResponses;
import dev.caravan.steps.RecipientsModule;
import dev.caravan.steps.StepsModule;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.MessageSettings;
import dev.caravan.submit.CompleteSubmission;
import dev.caravan.submit.StoreItems;
import dev.caravan.submit.SubmitModule;
import dev.caravan.tls.TlsModule;
import dev.caravan.trace.MailEventDispatcher;
import dev.caravan.trace.MailEvents;
import dev.caravan.trace.MailLog;
import dev.caravan.transport.DeliverySettings;
import dev.caravan.transport.LiveNextHops;
import dev.caravan.transport.ParkedMail;
import dev.caravan.transport.ResolverSettings;
import dev.caravan.transport.SmtpModule;
import dev.caravan.transport.TransportModule;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the shared objects and the modules of a server, in their order, and closes them in theirs. */
public final class ServerAssembly implements AutoCloseable, Reconfigurable {
    /** How long a part may take to close its connection to a broker, which may not answer any more. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private static final int DISK_THREADS = 8;
    private static final int ANSWER_THREADS = 32;
    private static final int LOGIN_THREADS = 32;

    private static final Logger LOG = LoggerFactory.getLogger(ServerAssembly.class);

    private final Map<String, Object> beans = new HashMap<>();
    private final List<Reconfigurable> reconfigurables = new ArrayList<>();
    private final ShutdownState stopping = new ShutdownState();
    private final HttpEngine engine = new HttpEngine();
    private final BrokerConnections connections;
    private final BlockingThreads routes;
    private final ExecutorService answers;
    private final ExecutorService disk;
    private final TableWatch tables;
    private final OpenFiles files;
    private final SmtpModule smtp;
    private final ParkedMail parked;
    private final GroupCommitEnqueuer enqueuer;
    private final HousekeepingModule housekeeping;
    private final TlsModule tls;
    private final LoginModule login;
    private final Optional<LoginRoute> loginRoute;
    private final ReceiveModule receive;
    private final Runnable endClockWatch;
    private final MonitoringEndpoints monitoring;
    private final AcmeModule acme;
    private final HttpModule http;
    private final Sources sources;
    private final ReloadableRoutes liveRoutes;
    private final ControlListener control;
    private final DeliveriesInHand inHand;

    /**
     * Makes the parts of a server; none of them serves yet.
     *
     * @param broker the embedded broker; empty if the broker is a process of its own.
     * @param listeners where SMTP clients connect.
     * @throws IOException if a folder or file cannot be used; what was made before is closed.
     */
    public ServerAssembly(
            ServerHome home,
            Settings settings,
            Optional<EmbeddedBroker> broker,
            SmtpListeners listeners,
            TestOverrides overrides)
            throws IOException {
        Deque<Runnable> made = new ArrayDeque<>();
        made.push(engine::close);
        try {
            ClockWatch watch = overrides.watch();
            Clock clock = watch.clock();
            RandomGenerator random = new SecureRandom();
            Path data = home.data();
            HeapBudget memory =
                    HeapBudget.of(Runtime.getRuntime().maxMemory(), settings.get(MessageSettings.MEMORY_BUDGET));
            Spool spool = new Spool(
                    data.resolve(settings.get(MessageSettings.SPOOL)),
                    settings.get(MessageSettings.INLINE_LIMIT),
                    memory.content());
            this.connections = BrokerConnections.of(home, settings);
            PrometheusRegistry metrics = new PrometheusRegistry();
            Filters filters = new Filters(
                    FilterSettings.limits(settings), memory.filters(), new FilterMetrics(metrics), System::nanoTime);
            this.routes = BlockingThreads.of(settings, filters);
            made.push(routes::close);
            this.answers = Threads.pool("tables", ANSWER_THREADS);
            made.push(answers::shutdown);
            this.disk = Threads.pool("spool", DISK_THREADS);
            made.push(disk::shutdown);
            this.tables = new TableWatch(answers);
            made.push(tables::close);
            this.files = new OpenFiles(settings);
            FileHandles.Shares handles = files.shares();
            RedeliveryPolicies policies = RedeliveryPolicies.load(home.brokerConfig("redelivery.xml"));
            MailDns dns = overrides.dns().orElseGet(() -> ResolverSettings.dns(settings));
            LocalDomains localDomains = new LocalDomains(MailSettings.localDomains(settings));
            SmartHostFile smartHosts = SmartHostFile.open(
                            home.places(settings.get(DeliverySettings.SMARTHOSTS)), home::resolve, clock)
                    .watchedBy(tables);
            LiveNextHops nextHops = new LiveNextHops(localDomains, smartHosts, settings);
            reconfigurables.add(nextHops);
            this.tls = use(new TlsModule(home, settings, data, metrics, clock));
            made.push(tls::close);
            tables.add(tls::look);
            this.smtp = use(new SmtpModule(
                    settings,
                    handles.deliveries(),
                    handles.idle(),
                    policies,
                    dns,
                    listeners.socketAddresses(),
                    nextHops,
                    tls.engines(),
                    data,
                    disk,
                    stopping,
                    clock,
                    random));
            made.push(smtp::close);
            smtp.destinations(
                    DestinationFile.open(home.places(settings.get(DeliverySettings.DESTINATIONS)), home::resolve, clock)
                            .watchedBy(tables));
            this.enqueuer = new GroupCommitEnqueuer(connections, settings.get(BrokerSettings.STORE_TIMEOUT));
            made.push(enqueuer::close);
            MailCounts counts = new MailCounts(metrics);
            MailEvents events = new MailEventDispatcher(List.of(
                    new MailLog(clock),
                    counts,
                    new EventPublisher(settings.get(EventSettings.TOPIC), settings.get(EventSettings.QUEUES))));
            Decisions decisions = new Decisions(events, clock);
            UnsupportedItems unsupported = new UnsupportedItems();
            Optional<StoreScanner> scanner = broker.map(embedded -> new StoreScanner(embedded.service()));
            this.housekeeping = use(new HousekeepingModule(
                    settings,
                    connections,
                    broker,
                    scanner,
                    spool,
                    policies.delays(),
                    settings.get(DeliverySettings.MAX_IN_HAND),
                    events,
                    unsupported,
                    watch));
            this.loginRoute = settings.get(AuthSettings.SOURCES).contains(AuthSettings.Source.ROUTE)
                    ? Optional.of(new LoginRoute(
                            Threads.pool("login-route", LOGIN_THREADS, settings.get(AuthSettings.MAX_WAITING))))
                    : Optional.empty();
            this.login = use(new LoginModule(home, settings, localDomains, loginRoute::orElseThrow, tables, clock));
            made.push(login::close);
            this.receive = use(new ReceiveModule(
                    settings,
                    listeners,
                    handles.smtp(),
                    disk,
                    spool,
                    memory.network(),
                    memory.input(),
                    tls::server,
                    login.logins(),
                    events,
                    clock,
                    random));
            made.push(receive::close);
            login.eachSecond(receive.sessions()::review);
            this.acme = use(new AcmeModule(home, settings, data, clock, random));
            this.endClockWatch = watch.onJump(jump -> clockWasSet(jump, broker, dns));
            made.push(endClockWatch);
            RecipientDomainCheck domains = RecipientDomainCheck.unless(
                    domain -> nextHops.get().smartHosts().takes(domain), RecipientDomainCheck.by(dns));
            RecipientsModule recipients =
                    use(new RecipientsModule(home, settings, localDomains, domains, tables, answers, decisions, clock));
            FreeSpaceGuard guard = FreeSpaceGuard.of(
                    settings,
                    data,
                    () -> broker.map(EmbeddedBroker::storePercent).orElse(0));
            IntakeModule intake = new IntakeModule(
                    settings,
                    recipients.recipients(),
                    localDomains,
                    spool,
                    memory.input(),
                    connections,
                    scanner,
                    enqueuer,
                    guard,
                    events,
                    watch,
                    random);
            this.sources =
                    use(new Sources(home, settings, intake, recipients.check(), guard, spool, stopping, events, clock));
            this.http = use(new HttpModule(
                    home,
                    settings,
                    engine,
                    handles.http(),
                    sources.requestSize(),
                    data,
                    stopping,
                    counts::answered,
                    SubmissionResponses::of));
            if (settings.get(HttpSettings.TLS)) {
                http.listener().secureBy(new HttpTls(tls.keyManager(), tls.versions()));
            }
            BrokerProbe probe = BrokerProbe.of(broker, connections, guard, clock);
            beans.put("stepThreads", new StepThreads(routes));
            HealthChecks health = new HealthChecks(
                    stopping,
                    new EventLoopWatchdog(List.of(receive.workers()), System::nanoTime),
                    enqueuer,
                    housekeeping.scheduler(),
                    probe);
            smtp.smartHosts().listener(new SmartHostGate.Listener() {
                @Override
                public void paused(String smartHost, String reason, Instant until) {
                    events.smartHostPaused(smartHost, reason, until);
                }

                @Override
                public void resumed(String smartHost) {
                    events.smartHostResumed(smartHost);
                }
            });
            new Exposition(metrics)
                    .addByName(
                            "smarthost_paused",
                            "1 while a smart host takes no mail, since this server cannot log in there.",
                            "smarthost",
                            () -> smtp.smartHosts().statuses().stream()
                                    .collect(Collectors.toMap(
                                            SmartHostGate.Status::name,
                                            status -> status.pausedSince().isPresent() ? 1.0 : 0.0)));
            health.warn("smarthost", smtp.smartHosts()::warning);
            health.warn("spool", housekeeping.sweeper()::warning);
            health.warn("certificate", tls::warning);
            health.warn("acme", acme::warning);
            this.monitoring = new MonitoringEndpoints(
                    metrics,
                    health,
                    probe,
                    receive.sessions(),
                    smtp.hosts(),
                    guard,
                    housekeeping.scheduler(),
                    new DamageReports(data));
            monitoring.register(http.registry());
            if (acme.isUsed()) {
                monitoring.add(
                        "acme_failures",
                        "How many attempts to get a certificate by ACME failed since the last that did not.",
                        acme::failures);
            }
            use(new StepsModule(
                    home,
                    settings,
                    spool,
                    memory.filters(),
                    guard,
                    clock,
                    overrides.ruleClock().orElse(clock),
                    tables,
                    filters,
                    routes.disk(),
                    receive.workers(),
                    stopping,
                    decisions));
            TransportModule transport = use(
                    new TransportModule(settings, data, recipients.users(), recipients.recipients(), stopping, clock));
            LaneRegister lanes = new LaneRegister(connections, clock);
            KnownQueues queues = new KnownQueues(scanner, housekeeping.scheduler(), lanes);
            this.parked = smtp.parkedMail(connections, queues::names, lanes, events::parked, clock);
            made.push(parked::close);
            SettleModule settle = use(new SettleModule(
                    settings,
                    connections,
                    policies,
                    spool,
                    unsupported,
                    transport.report(),
                    transport.body(),
                    parked,
                    stopping,
                    events,
                    watch,
                    random));
            this.inHand = settle.inHand();
            use(new SubmitModule(
                    recipients.aliases(),
                    localDomains,
                    nextHops,
                    spool,
                    settle.composer(),
                    settings.get(ReportSettings.SUCCESS),
                    decisions,
                    new StoreItems(enqueuer, spool, events, clock, memory.deliveries(), disk),
                    new CompleteSubmission(login.logins().rights(), settings, spool, decisions),
                    clock));
            ComponentsModule components = use(new ComponentsModule(connections, stopping, clock));
            this.liveRoutes = new ReloadableRoutes(
                    components.directs(),
                    new RouteStartup(
                            !settings.get(DeliverySettings.PAUSED),
                            overrides.ticking(),
                            settings.get(PickupSettings.FOLDER).isPresent()),
                    listeners);
            this.control = ControlModule.ofServer(
                    engine,
                    data,
                    stopping,
                    connections,
                    scanner,
                    queues,
                    spool,
                    housekeeping.scheduler(),
                    housekeeping.compactor(),
                    smtp.hosts(),
                    inHand,
                    !connections.isEmbedded()
                            || !settings.text(BrokerSettings.LISTEN).isBlank(),
                    smtp::pacing,
                    events,
                    clock);
        } catch (IOException | RuntimeException | Error e) {
            // A check at each reload would otherwise leave threads and handles.
            made.forEach(Runnable::run);
            throw e;
        }
    }

    /** Logs that the clock was set, and corrects libraries that rely on it. */
    private static void clockWasSet(Duration jump, Optional<EmbeddedBroker> broker, MailDns dns) {
        LOG.warn(
                "the clock was set {} by {} s: for the next {} retry delays no mail is given up because of its age",
                jump.isNegative() ? "back" : "forward",
                jump.abs().toSeconds(),
                AgeLimit.STEADY_DELAYS);
        dns.forgetAnswers();
        if (jump.isNegative()) {
            broker.ifPresent(EmbeddedBroker::cleanUpJournal);
        }
    }

    /** Adds the contributions of a module; {@link #close} closes those that need it. */
    private <T extends ServerModule> T use(T module) {
        beans.putAll(module.beans());
        reconfigurables.addAll(module.reconfigurables());
        return module;
    }

    /** Objects by the names that routes use. */
    public Map<String, Object> beans() {
        return BeanNames.withFormer(beans);
    }

    OpenFiles files() {
        return files;
    }

    ReloadableRoutes liveRoutes() {
        return liveRoutes;
    }

    /** Applies the live settings. */
    @Override
    public void reconfigure(Settings others) {
        reconfigurables.forEach(part -> part.reconfigure(others));
    }

    HttpListener web() {
        return http.listener();
    }

    TlsModule tls() {
        return tls;
    }

    AcmeModule acme() {
        return acme;
    }

    Sources sources() {
        return sources;
    }

    ControlListener control() {
        return control;
    }

    MonitoringEndpoints monitoring() {
        return monitoring;
    }

    HousekeepingModule housekeeping() {
        return housekeeping;
    }

    ParkedMail parked() {
        return parked;
    }

    /** The routes have started: they may be asked who may log in. */
    void begin(CamelContext context) {
        loginRoute.ifPresent(route -> route.begin(context));
    }

    SmtpModule smtp() {
        return smtp;
    }

    ReceiveModule receive() {
        return receive;
    }

    ShutdownState stopping() {
        return stopping;
    }

    /** The attempts of this server. */
    DeliveriesInHand inHand() {
        return inHand;
    }

    /** Gives up messages that are not stored, whose clients get 451. */
    void abortIntake() {
        enqueuer.giveUpAll();
    }

    /** Cuts off deliveries, whose messages stay in their queues. */
    void abortDeliveries() {
        stopping.abort();
        smtp.close();
    }

    /** Looks for changed tables and certificates; blocks on the disk. */
    void lookAtFiles() {
        tables.look();
    }

    /** Closes all connections to the broker, also those in use. */
    void disconnect() {
        connections.cutOff();
    }

    @Override
    public void close() {
        endClockWatch.run();
        acme.close();
        parked.close();
        http.listener().close();
        control.close();
        engine.close();
        monitoring.close();
        enqueuer.close();
        for (Runnable closing : List.<Runnable>of(
                housekeeping.scheduler()::close,
                housekeeping.pruner()::close,
                housekeeping.compactor()::close,
                sources::close)) {
            Threads.join(Threads.start("close", closing), CLOSE_LIMIT.toMillis());
        }
        abortDeliveries();
        abortIntake();
        disconnect();
        login.close();
        routes.close();
        answers.shutdown();
        tables.close();
        disk.shutdown();
        receive.close();
        tls.close();
    }
}
