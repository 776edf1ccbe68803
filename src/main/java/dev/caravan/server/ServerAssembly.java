package dev.caravan.server;

import dev.caravan.broker.BrokerClock;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.broker.StoreScanner;
import dev.caravan.camel.HeaderAllowList;
import dev.caravan.camel.HttpEndpoints;
import dev.caravan.camel.MailQueueComponent;
import dev.caravan.camel.ReplaceableDirect;
import dev.caravan.camel.SteadyTimerComponent;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.control.ControlListener;
import dev.caravan.control.ControlModule;
import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.dns.MailDns;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.events.EventPublisher;
import dev.caravan.events.EventSettings;
import dev.caravan.exchange.Decisions;
import dev.caravan.housekeeping.BouncedPruner;
import dev.caravan.housekeeping.HousekeepingModule;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpAccess;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpListener;
import dev.caravan.http.HttpSettings;
import dev.caravan.http.WebComponent;
import dev.caravan.lifecycle.FileHandles;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.monitoring.EventLoopWatchdog;
import dev.caravan.monitoring.MonitoringEndpoints;
import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.RelayHost;
import dev.caravan.net.SmtpListeners;
import dev.caravan.outcome.AgeLimit;
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.RetryRules;
import dev.caravan.policy.AliasExpander;
import dev.caravan.policy.AliasFile;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.DirectoryTimeout;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.RelayControl;
import dev.caravan.policy.StandardNames;
import dev.caravan.policy.TableWatch;
import dev.caravan.policy.UserFile;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.receive.AcceptMail;
import dev.caravan.receive.PolicyReplies;
import dev.caravan.receive.RouteExecutor;
import dev.caravan.receive.SmtpListenerComponent;
import dev.caravan.receive.SmtpListenerInitializer;
import dev.caravan.receive.SmtpSessionSettings;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.receive.SpoolSink;
import dev.caravan.recovery.DamageReports;
import dev.caravan.reload.ReloadableRoutes;
import dev.caravan.reload.RouteStartup;
import dev.caravan.routetext.BeanNames;
import dev.caravan.session.SessionLimits;
import dev.caravan.session.SessionRegistry;
import dev.caravan.session.SessionSetup;
import dev.caravan.settle.BounceMail;
import dev.caravan.settle.DeliverComponent;
import dev.caravan.settle.DeliveryFailureHandler;
import dev.caravan.settle.ReadQueueItem;
import dev.caravan.settle.ReportSettings;
import dev.caravan.settle.SettleAttempt;
import dev.caravan.settle.SettleFailureHandler;
import dev.caravan.settle.UncommittedReports;
import dev.caravan.source.EndpointSource;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SourceSettings;
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
import dev.caravan.steps.HopLimit;
import dev.caravan.steps.PolicySettings;
import dev.caravan.steps.PolicySettings.UnsupportedAliases;
import dev.caravan.steps.RecipientCheckStep;
import dev.caravan.steps.StepsModule;
import dev.caravan.steps.StorageGuardStep;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.MessageSettings;
import dev.caravan.submit.StoreItems;
import dev.caravan.submit.SubmitModule;
import dev.caravan.trace.MailEventDispatcher;
import dev.caravan.trace.MailEvents;
import dev.caravan.trace.MailLog;
import dev.caravan.transport.DeliverySettings;
import dev.caravan.transport.EndpointReport;
import dev.caravan.transport.MaildirTransport;
import dev.caravan.transport.MessageBody;
import dev.caravan.transport.SmtpModule;
import dev.caravan.transport.SmtpTransport;
import io.netty.channel.EventLoopGroup;
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
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
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
    private final Settings settings;
    private final ClockWatch watch;
    private final Clock clock;
    private final RandomGenerator random = new SecureRandom();
    private final ShutdownState stopping = new ShutdownState();
    private final List<Reconfigurable> reconfigurables = new ArrayList<>();
    private final ReloadableRoutes liveRoutes;
    private final DirectoryTimeout directories;
    private final RecipientCheck recipientCheck;
    private final UncommittedReports unsettled;
    private final HeapBudget memory;
    private final Spool spool;
    private final BrokerConnections connections;
    private final GroupCommitEnqueuer enqueuer;
    private final MailEvents events;
    private final Decisions decisions;
    private final HousekeepingModule housekeeping;
    private final SessionRegistry registry;
    private final FileHandles.Shares handles;
    private final SmtpModule smtp;
    private final RouteExecutor routes;
    private final IdempotencyStore idempotency;
    private final FileSourceModule files;
    private final SqlSourceModule sql;
    private final MailboxSourceModule mailbox;
    private final SendmailModule sendmail;
    private final HttpAccess httpAccess;
    private final MonitoringEndpoints monitoring = new MonitoringEndpoints();
    private final HttpEngine engine = new HttpEngine();
    private final HttpListener web;
    private final Runnable endClockWatch;
    private final MonitoringEndpoints.Broker watched;
    private final ControlListener control;
    private final ExecutorService disk;
    private final TableWatch tables;
    private final EventLoopGroup workers;

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
            CaravanServer.Frame frame,
            Optional<EmbeddedBroker> broker,
            SmtpListeners listeners)
            throws IOException {
        this.settings = settings;
        this.watch = frame.watch();
        this.clock = watch.clock();
        this.unsettled = new UncommittedReports(watch);
        Path data = home.data();
        this.memory = HeapBudget.of(Runtime.getRuntime().maxMemory(), settings.get(MessageSettings.MEMORY_BUDGET));
        this.spool = new Spool(
                data.resolve(settings.get(MessageSettings.SPOOL)),
                settings.get(MessageSettings.INLINE_LIMIT),
                memory.content());
        this.connections =
                new BrokerConnections(settings.get(BrokerSettings.URL).orElseGet(BrokerConnections::embeddedUrl));
        this.routes = new RouteExecutor(Threads.pool("policy", settings.get(SmtpSettings.POLICY_THREADS)));
        this.disk = Threads.pool("spool", DISK_THREADS);
        this.tables = new TableWatch(routes::execute);
        this.workers = EventLoops.of(Runtime.getRuntime().availableProcessors(), "smtp-server");
        SessionLimits limits = SmtpSessionSettings.limits(settings);
        this.handles = handles(settings);
        this.registry = new SessionRegistry(new SessionLimits.Connections(
                handles.smtp(), limits.connections().perAddress()));
        Domain host = settings.get(MailSettings.HOSTNAME);
        RedeliveryPolicies policies = RedeliveryPolicies.load(home.brokerConfig("redelivery.xml"));
        this.smtp = new SmtpModule(
                settings,
                handles.idle(),
                clock,
                random,
                policies.schedule("smtp").delayAfter(1));
        this.enqueuer = new GroupCommitEnqueuer(connections, settings.get(BrokerSettings.STORE_TIMEOUT));
        this.events = new MailEventDispatcher(List.of(
                new MailLog(clock),
                monitoring.counts(),
                new EventPublisher(settings.get(EventSettings.TOPIC), settings.get(EventSettings.QUEUES))));
        this.decisions = new Decisions(events, clock);
        UnsupportedItems unsupported = new UnsupportedItems();
        Optional<StoreScanner> walk = broker.map(embedded -> new StoreScanner(embedded.service()));
        this.housekeeping = use(new HousekeepingModule(
                settings,
                connections,
                broker,
                walk,
                spool,
                policies.delays(),
                settings.get(DeliverySettings.CONCURRENCY),
                events,
                unsupported,
                watch));
        monitoring.warn("spool", housekeeping.sweeper()::warning);

        receiving(listeners);
        MailDns dns = frame.dns().orElseGet(() -> SmtpModule.dns(settings));
        this.endClockWatch = watch.onJump(jump -> clockWasSet(jump, broker, dns));
        LocalDomains localDomains = new LocalDomains(MailSettings.localDomains(settings));
        LocalRecipients recipients = recipients(home, localDomains);
        this.directories = new DirectoryTimeout(DirectoryTimeout.DEFAULT, routes::execute);
        RecipientDirectory directory = directories.limitedRecipients(recipients);
        this.recipientCheck = recipientCheck(dns, localDomains, directory);
        FreeSpaceGuard guard = policy(data, broker);
        this.watched = new MonitoringEndpoints.Broker(broker, connections, guard, clock);
        monitoring.watch(new DamageReports(data));
        MailObjectFactory factory = live(
                new MailObjectFactory(settings, directory, localDomains, spool, memory.input(), host, clock, random));
        this.idempotency =
                new IdempotencyStore(connections, walk, settings.get(SourceSettings.IDEMPOTENCY_RETENTION), watch);
        beans.put("submissionMarks", idempotency);
        SubmissionCompletion completion = new SubmissionCompletion(idempotency, spool, events);
        IdempotentSubmitter submitter =
                new IdempotentSubmitter(factory, idempotency, completion, enqueuer, guard, events, clock);
        beans.put("namedMail", new EndpointSource(submitter));
        HeaderAllowList headerAllowList = new HeaderAllowList();
        beans.put("headerAllowList", headerAllowList);
        beans.put("noForeignHeaders", headerAllowList);
        use(new JmsSourceModule(factory, guard, spool, idempotency, events, clock));
        HttpSourceModule http = use(new HttpSourceModule(home, settings, factory, idempotency, completion, clock));
        this.httpAccess = http.access();
        this.web = new HttpListener(
                engine,
                "http",
                HttpSettings.limits(settings, handles.http(), http.requestSize(), data),
                stopping,
                monitoring.counts()::answered);
        this.files = use(new FileSourceModule(home, settings, factory, guard, idempotency, completion, clock));
        this.sql = use(new SqlSourceModule(home, settings, submitter, stopping, clock));
        use(new KafkaSourceModule(settings, submitter, stopping));
        this.mailbox = use(new MailboxSourceModule(home, settings, factory::maxOctets, submitter, stopping));
        this.sendmail = use(new SendmailModule(home, settings, submitter, recipientCheck));
        beans.put("web", new WebComponent(web, SubmissionResponses::of));
        use(new StepsModule(home, spool, memory.filters(), clock, tables, stopping, decisions));
        delivering(data, listeners, dns, recipients, policies);
        ForwardPath postmaster = new ForwardPath(new Mailbox("postmaster", host));
        DsnComposer composer = new DsnComposer(host, postmaster, spool, clock, random);
        submitting(recipients, composer);
        settling(host, policies, composer, unsupported);
        ReplaceableDirect directs = new ReplaceableDirect();
        beans.put("direct", directs);
        beans.put("timer", new SteadyTimerComponent(clock));
        this.liveRoutes = new ReloadableRoutes(
                directs,
                new RouteStartup(
                        !settings.get(DeliverySettings.PAUSED),
                        frame.ticking(),
                        settings.get(PickupSettings.FOLDER).isPresent()),
                listeners);
        beans.put("mailqueue", MailQueueComponent.create(connections, stopping));
        beans.put("http", HttpEndpoints.create());
        beans.put("https", HttpEndpoints.create());
        this.control = ControlModule.ofServer(
                engine,
                data,
                stopping,
                connections,
                walk,
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

    private void receiving(SmtpListeners listen) {
        SessionSetup setup = new SessionSetup(
                SmtpSessionSettings.terms(settings),
                (id, whenWritable) -> new SpoolSink(spool, memory.network(), disk, whenWritable),
                registry,
                events,
                clock,
                random);
        PolicyReplies answers = new PolicyReplies(spool, events);
        beans.put("smtpServer", live(new SmtpListenerInitializer(setup, routes, answers).drawing(memory.input())));
        beans.put("smtpWorkers", workers);
        beans.put("netty", new SmtpListenerComponent(listen));
    }

    /** Remembers a part that takes over changed settings. */
    private <T extends Reconfigurable> T live(T part) {
        reconfigurables.add(part);
        return part;
    }

    /** Takes what a module contributes; it is closed where {@link #close} says so. */
    private <T extends ServerModule> T use(T module) {
        beans.putAll(module.beans());
        reconfigurables.addAll(module.reconfigurables());
        return module;
    }

    private LocalRecipients recipients(ServerHome home, LocalDomains localDomains) {
        UserFile users = UserFile.open(home.places(settings.get(PolicySettings.USERS)), localDomains, clock)
                .watchedBy(tables);
        StandardNames standard = new StandardNames(
                Optional.of(settings.get(MailSettings.HOSTNAME)),
                mailbox -> users.userOf(new ForwardPath(mailbox)).isPresent());
        AliasFile.Rules rules = new AliasFile.Rules(
                localDomains, standard, settings.get(PolicySettings.UNSUPPORTED_ALIASES) == UnsupportedAliases.SKIP);
        AliasFile aliases = AliasFile.open(home.places(settings.get(PolicySettings.ALIASES)), rules, clock)
                .watchedBy(tables);
        return new LocalRecipients(users, aliases, localDomains, tables);
    }

    private RecipientCheck recipientCheck(MailDns dns, LocalDomains localDomains, RecipientDirectory directory) {
        RelayControl control = new RelayControl(localDomains, settings.get(MailSettings.RELAY_NETWORKS));
        RecipientDomainCheck domainCheck =
                relayHost().isPresent() ? RecipientDomainCheck.none() : RecipientDomainCheck.by(dns);
        return new RecipientCheck(control, directory, domainCheck);
    }

    private FreeSpaceGuard policy(Path data, Optional<EmbeddedBroker> broker) {
        beans.put("recipientCheck", live(new RecipientCheckStep(recipientCheck, decisions)));
        FreeSpaceGuard guard = new FreeSpaceGuard(
                Set.of(data, data.resolve(settings.get(MessageSettings.SPOOL))),
                new FreeSpaceGuard.Limits(
                        settings.get(BrokerSettings.MAX_DISK_USE), settings.get(BrokerSettings.MIN_DISK_FREE)),
                () -> broker.map(EmbeddedBroker::storePercent).orElse(0));
        beans.put("storageGuard", new StorageGuardStep(guard, decisions));
        return guard;
    }

    private Optional<RelayHost> relayHost() {
        return settings.get(DeliverySettings.SMARTHOST).map(RelayHost::new);
    }

    private void submitting(LocalRecipients recipients, DsnComposer composer) {
        beans.put("intake", new AcceptMail());
        beans.put("hopLimit", live(new HopLimit(settings.get(PolicySettings.MAX_HOPS), decisions)));
        beans.putAll(new SubmitModule(
                        new AliasExpander(directories.limitedAliases(recipients), recipients.localDomains()),
                        new ChooseNextHop(recipients.localDomains(), relayHost()),
                        spool,
                        composer,
                        settings.get(ReportSettings.SUCCESS),
                        events,
                        decisions,
                        new StoreItems(enqueuer, spool, events, clock, memory.deliveries(), disk))
                .beans());
    }

    private void delivering(
            Path data, SmtpListeners listeners, MailDns dns, LocalRecipients recipients, RedeliveryPolicies policies) {
        Domain host = settings.get(MailSettings.HOSTNAME);
        beans.put(
                "smtpTransport",
                new SmtpTransport(
                        smtp.delivery(dns, listeners.socketAddresses()),
                        new ChooseNextHop(recipients.localDomains(), relayHost()),
                        policies,
                        stopping));
        beans.put(
                "localTransport",
                new MaildirTransport(
                        new MaildirDelivery(data.resolve(settings.get(DeliverySettings.MAILDIRS)), host, clock),
                        recipients.users(),
                        directories.limitedRecipients(recipients)));
    }

    private void settling(
            Domain host, RedeliveryPolicies policies, DsnComposer composer, UnsupportedItems unsupported) {
        ReadQueueItem openItem =
                new ReadQueueItem(spool, clock, unsettled, events, policies.ownDelay(), unsupported, stopping);
        beans.put("openItem", openItem);
        MessageBody body = new MessageBody(host);
        beans.put("mailBody", body);
        NotificationRules rules =
                new NotificationRules(settings.get(ReportSettings.SUCCESS), settings.get(ReportSettings.DELAY_WARNING));
        beans.put(
                "settleAttempt",
                new SettleAttempt(
                        RetryRules.byTransport(policies::schedule),
                        rules,
                        composer,
                        events,
                        new BrokerClock(watch, !connections.isEmbedded())));
        beans.put("bounceItem", new BounceMail(composer, events));
        DeliveryFailureHandler unexplained = new DeliveryFailureHandler(clock, stopping);
        beans.put("unexplainedFailure", unexplained);
        EndpointReport report = new EndpointReport(clock, unexplained);
        beans.put("destinationReport", report);
        beans.put("deliver", new DeliverComponent(connections, stopping, openItem, report, body));
        beans.put("postponement", new SettleFailureHandler(policies, events, stopping, unsettled));
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
        return web;
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
        EventLoopWatchdog loops = new EventLoopWatchdog(List.of(workers), System::nanoTime);
        monitoring.serve(
                new MonitoringEndpoints.Outside(web, httpAccess),
                watched,
                new MonitoringEndpoints.Server(
                        stopping,
                        registry,
                        loops,
                        enqueuer,
                        housekeeping.scheduler(),
                        smtp.hosts(),
                        listens,
                        isReloadRefused,
                        ticking));
    }

    SessionRegistry registry() {
        return registry;
    }

    /** The address that was the last to be listened at. */
    Optional<ListenAddress> listenerStartedLast() {
        return beans.get("smtpServer") instanceof SmtpListenerInitializer initializer
                ? initializer.startedLast()
                : Optional.empty();
    }

    ShutdownState stopping() {
        return stopping;
    }

    /** Cuts off what is in hand: deliveries, whose mail stays in its queue, and mails not stored, whose clients hear 451. */
    void abort() {
        stopping.abort();
        smtp.client().close();
        enqueuer.giveUpAll();
    }

    /** The outermost first; what sources have not taken stays where it is. */
    private void closeSources() {
        sendmail.close();
        files.close();
        sql.close();
        mailbox.close();
        idempotency.close();
    }

    /** Ends all connections to the broker under the hands of those who still use them. */
    void disconnect() {
        connections.cutOff();
    }

    @Override
    public void close() {
        endClockWatch.run();
        web.close();
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
        workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
