package dev.caravan.server;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
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
import dev.caravan.dsn.DsnComposer;
import dev.caravan.events.EventPublisher;
import dev.caravan.events.EventSettings;
import dev.caravan.exchange.Decisions;
import dev.caravan.housekeeping.BouncedPruner;
import dev.caravan.housekeeping.HousekeepingModule;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpListener;
import dev.caravan.http.HttpModule;
import dev.caravan.http.HttpSettings;
import dev.caravan.lifecycle.FileHandles;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.monitoring.EventLoopWatchdog;
import dev.caravan.monitoring.MonitoringEndpoints;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.SmtpListeners;
import dev.caravan.outcome.AgeLimit;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.TableWatch;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.receive.ReceiveModule;
import dev.caravan.receive.RouteExecutor;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.recovery.DamageReports;
import dev.caravan.reload.ReloadableRoutes;
import dev.caravan.reload.RouteStartup;
import dev.caravan.routetext.BeanNames;
import dev.caravan.session.SessionRegistry;
import dev.caravan.settle.ReportSettings;
import dev.caravan.settle.SettleModule;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IntakeModule;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.source.file.FileSourceModule;
import dev.caravan.source.file.PickupSettings;
import dev.caravan.source.http.HttpSourceModule;
import dev.caravan.source.http.SubmissionResponses;
import dev.caravan.source.jms.JmsSourceModule;
import dev.caravan.source.kafka.KafkaSourceModule;
import dev.caravan.source.mailbox.MailboxSourceModule;
import dev.caravan.source.sendmail.SendmailModule;
import dev.caravan.source.sql.SqlSourceModule;
import dev.caravan.steps.RecipientsModule;
import dev.caravan.steps.StepsModule;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.MessageSettings;
import dev.caravan.submit.StoreItems;
import dev.caravan.submit.SubmitModule;
import dev.caravan.trace.MailEventDispatcher;
import dev.caravan.trace.MailEvents;
import dev.caravan.trace.MailLog;
import dev.caravan.transport.DeliverySettings;
import dev.caravan.transport.LiveNextHops;
import dev.caravan.transport.ResolverSettings;
import dev.caravan.transport.SmtpModule;
import dev.caravan.transport.TransportModule;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes all objects of a server from its settings, and names those that routes use. */
public final class ServerAssembly implements AutoCloseable, Reconfigurable {
    /** How long a part may take that says goodbye to a broker, which may not answer any more. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private static final int DISK_THREADS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(ServerAssembly.class);

    private final Map<String, Object> beans = new HashMap<>();
    private final List<Reconfigurable> reconfigurables = new ArrayList<>();
    private final ShutdownState stopping = new ShutdownState();
    private final MonitoringEndpoints monitoring = new MonitoringEndpoints();
    private final HttpEngine engine = new HttpEngine();
    private final BrokerConnections connections;
    private final RouteExecutor routes;
    private final ExecutorService disk;
    private final TableWatch tables;
    private final SmtpModule smtp;
    private final GroupCommitEnqueuer enqueuer;
    private final HousekeepingModule housekeeping;
    private final ReceiveModule receive;
    private final Runnable endClockWatch;
    private final MonitoringEndpoints.Broker watched;
    private final HttpModule http;
    private final SendmailModule sendmail;
    /** Those that run something; the outermost first. */
    private final List<ServerModule> sources;

    private final ReloadableRoutes liveRoutes;
    private final ControlListener control;

    /**
     * Makes the parts of a server; none of them serves yet.
     *
     * @param broker the embedded broker; empty if the broker is a process of its own.
     * @param listeners where SMTP clients connect.
     * @throws IOException if a folder or file cannot be used.
     */
    public ServerAssembly(
            ServerHome home,
            Settings settings,
            Optional<EmbeddedBroker> broker,
            SmtpListeners listeners,
            TestOverrides overrides)
            throws IOException {
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
        this.connections =
                new BrokerConnections(settings.get(BrokerSettings.URL).orElseGet(BrokerConnections::embeddedUrl));
        this.routes = new RouteExecutor(Threads.pool("policy", settings.get(SmtpSettings.POLICY_THREADS)));
        this.disk = Threads.pool("spool", DISK_THREADS);
        this.tables = new TableWatch(routes::execute);
        FileHandles.Shares handles = handles(settings);
        RedeliveryPolicies policies = RedeliveryPolicies.load(home.brokerConfig("redelivery.xml"));
        MailDns dns = overrides.dns().orElseGet(() -> ResolverSettings.dns(settings));
        LocalDomains localDomains = new LocalDomains(MailSettings.localDomains(settings));
        LiveNextHops nextHops = new LiveNextHops(localDomains, settings);
        reconfigurables.add(nextHops);
        this.smtp = use(new SmtpModule(
                settings,
                handles.idle(),
                policies,
                dns,
                listeners.socketAddresses(),
                nextHops,
                stopping,
                clock,
                random));
        this.enqueuer = new GroupCommitEnqueuer(connections, settings.get(BrokerSettings.STORE_TIMEOUT));
        MailEvents events = new MailEventDispatcher(List.of(
                new MailLog(clock),
                monitoring.counts(),
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
                settings.get(DeliverySettings.CONCURRENCY),
                events,
                unsupported,
                watch));
        monitoring.warn("spool", housekeeping.sweeper()::warning);
        this.receive = use(new ReceiveModule(
                settings,
                listeners,
                handles.smtp(),
                routes,
                disk,
                spool,
                memory.network(),
                memory.input(),
                events,
                clock,
                random));
        this.endClockWatch = watch.onJump(jump -> clockWasSet(jump, broker, dns));
        RecipientsModule recipients = use(new RecipientsModule(
                home, settings, localDomains, RecipientDomainCheck.by(dns), tables, routes::execute, decisions, clock));
        FreeSpaceGuard guard = FreeSpaceGuard.of(
                settings, data, () -> broker.map(EmbeddedBroker::storePercent).orElse(0));
        this.watched = new MonitoringEndpoints.Broker(broker, connections, guard, clock);
        monitoring.watch(new DamageReports(data));
        IntakeModule intake = use(new IntakeModule(
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
                random));
        MailObjectFactory factory = intake.factory();
        IdempotencyStore idempotency = intake.idempotency();
        SubmissionCompletion completion = intake.completion();
        IdempotentSubmitter submitter = intake.submitter();
        use(new JmsSourceModule(factory, guard, spool, idempotency, events, clock));
        HttpSourceModule posted = use(new HttpSourceModule(settings, factory, idempotency, completion, clock));
        this.http = use(new HttpModule(
                home,
                settings,
                engine,
                handles.http(),
                posted.requestSize(),
                data,
                stopping,
                monitoring.counts()::answered,
                SubmissionResponses::of));
        monitoring.register(http.registry());
        FileSourceModule files =
                use(new FileSourceModule(home, settings, factory, guard, idempotency, completion, clock));
        SqlSourceModule sql = use(new SqlSourceModule(home, settings, submitter, stopping, clock));
        use(new KafkaSourceModule(settings, submitter, stopping));
        MailboxSourceModule mailbox =
                use(new MailboxSourceModule(home, settings, factory::maxOctets, submitter, stopping));
        this.sendmail = use(new SendmailModule(home, settings, submitter, recipients.check()));
        this.sources = List.of(sendmail, files, sql, mailbox, intake);
        use(new StepsModule(home, settings, spool, memory.filters(), guard, clock, tables, stopping, decisions));
        TransportModule transport =
                use(new TransportModule(settings, data, recipients.users(), recipients.recipients(), stopping, clock));
        Domain host = settings.get(MailSettings.HOSTNAME);
        ForwardPath postmaster = new ForwardPath(new Mailbox("postmaster", host));
        DsnComposer composer = new DsnComposer(host, postmaster, spool, clock, random);
        use(new SubmitModule(
                recipients.aliases(),
                localDomains,
                nextHops,
                spool,
                composer,
                settings.get(ReportSettings.SUCCESS),
                decisions,
                new StoreItems(enqueuer, spool, events, clock, memory.deliveries(), disk)));
        use(new SettleModule(
                settings,
                connections,
                policies,
                spool,
                composer,
                unsupported,
                transport.report(),
                transport.body(),
                stopping,
                events,
                watch));
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
                spool,
                housekeeping.scheduler(),
                housekeeping.compactor(),
                smtp.hosts(),
                events,
                clock);
    }

    private static FileHandles.Shares handles(Settings settings) {
        FileHandles process = FileHandles.ofProcess();
        FileHandles.Shares shares = process.share(new FileHandles.Wanted(
                settings.get(DeliverySettings.CONCURRENCY),
                settings.get(SmtpSettings.MAX_CONNECTIONS),
                settings.get(HttpSettings.LISTEN).isPresent() ? settings.get(HttpSettings.MAX_CONNECTIONS) : 0));
        if (shares.needed() > process.limit()) {
            LOG.warn(
                    "the system allows this process {} open files: at most {} SMTP and {} HTTP connections are taken at once"
                            + " (expected: {} open files for the settings, see ulimit -n or LimitNOFILE)",
                    process.limit(),
                    shares.smtp(),
                    shares.http(),
                    shares.needed());
        }
        return shares;
    }

    /** Tells the operator, and helps libraries that go by the clock. */
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

    /** Takes what a module contributes; it is closed where {@link #close} says so. */
    private <T extends ServerModule> T use(T module) {
        beans.putAll(module.beans());
        reconfigurables.addAll(module.reconfigurables());
        return module;
    }

    /** Objects by the names that routes use. */
    public Map<String, Object> beans() {
        return BeanNames.withFormer(beans);
    }

    RetryScheduler mover() {
        return housekeeping.scheduler();
    }

    BouncedPruner pruner() {
        return housekeeping.pruner();
    }

    ReloadableRoutes liveRoutes() {
        return liveRoutes;
    }

    /** Uses other settings from now on, as far as a running server can. */
    @Override
    public void reconfigure(Settings others) {
        reconfigurables.forEach(part -> part.reconfigure(others));
    }

    RouteExecutor routeThreads() {
        return routes;
    }

    HttpListener web() {
        return http.listener();
    }

    /** Serves those who hand in mail by the command {@code sendmail}, from now on. */
    void serveSendmail(IdempotentSubmitter.Target route, InetSocketAddress listener) {
        sendmail.serve(route, listener);
    }

    void stopSendmail() {
        sendmail.close();
    }

    ControlListener control() {
        return control;
    }

    /** Answers those who watch the server, from now on. */
    void serveMonitoring(BooleanSupplier listens, BooleanSupplier isReloadRefused, boolean ticking) throws IOException {
        EventLoopWatchdog loops = new EventLoopWatchdog(List.of(receive.workers()), System::nanoTime);
        monitoring.serve(
                watched,
                new MonitoringEndpoints.Server(
                        stopping,
                        receive.sessions(),
                        loops,
                        enqueuer,
                        housekeeping.scheduler(),
                        smtp.hosts(),
                        listens,
                        isReloadRefused,
                        ticking));
    }

    SessionRegistry registry() {
        return receive.sessions();
    }

    /** The address that was the last to be listened at. */
    Optional<ListenAddress> listenerStartedLast() {
        return receive.initializer().startedLast();
    }

    ShutdownState stopping() {
        return stopping;
    }

    /** Cuts off what is in hand: deliveries, whose mail stays in its queue, and mails not stored, whose clients hear 451. */
    void abort() {
        stopping.abort();
        smtp.close();
        enqueuer.giveUpAll();
    }

    /** What sources have not taken stays where it is. */
    private void closeSources() {
        sources.forEach(ServerModule::close);
    }

    /** Ends all connections to the broker under the hands of those who still use them. */
    void disconnect() {
        connections.cutOff();
    }

    @Override
    public void close() {
        endClockWatch.run();
        http.listener().close();
        control.close();
        engine.close();
        monitoring.close();
        enqueuer.close();
        for (Runnable closing : List.<Runnable>of(
                housekeeping.scheduler()::close,
                housekeeping.pruner()::close,
                housekeeping.compactor()::close,
                this::closeSources)) {
            Threads.join(Threads.start("close", closing), CLOSE_LIMIT.toMillis());
        }
        abort();
        disconnect();
        routes.shutdown();
        tables.close();
        disk.shutdown();
        receive.close();
    }
}
