package dev.caravan.camel;

import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.dns.HostAndPort;
import dev.caravan.dns.MailDns;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.outcome.SettleRules;
import dev.caravan.policy.AliasFile;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.RelayControl;
import dev.caravan.policy.UserFile;
import dev.caravan.queue.Spool;
import dev.caravan.session.SessionLimits;
import dev.caravan.session.SessionRegistry;
import dev.caravan.session.SessionSetup;
import dev.caravan.session.SessionTerms;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** Makes all objects of a server from its settings, and names those that routes use. */
final class Parts implements AutoCloseable {
    /** How long a part may take that says goodbye to a broker, which may not answer any more. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private static final int DISK_THREADS = 8;

    /** Where a server is: its broker, and where it listens. */
    record Place(Optional<EmbeddedBroker> broker, Address smtp) {}

    private final Map<String, Object> beans = new HashMap<>();
    private final Settings settings;
    private final Clock clock;
    private final RandomGenerator random = new SecureRandom();
    private final Stopping stopping = new Stopping();
    private final LiveParts live = new LiveParts();
    private final LiveRoutes liveRoutes;
    private final UnsettledReports unsettled;
    private final HeapBudget memory;
    private final Spool spool;
    private final Connections connections;
    private final Enqueuer enqueuer;
    private final EventOutlets outlets;
    private final RetryMover mover;
    private final BouncedPruner pruner;
    private final JournalRenewal renewal;
    private final SessionRegistry registry;
    private final SmtpParts smtp;
    private final RouteThreads routes;
    private final SourceParts sources;
    private final Monitoring monitoring = new Monitoring();
    private final WebServer web = new WebServer(stopping, monitoring.counts()::answered);
    private final Monitoring.Broker watched;
    private final ControlServer control;
    private final ExecutorService disk;
    private final EventLoopGroup workers;

    Parts(Home home, Settings settings, Node.Frame frame, Place place) throws IOException {
        this.settings = settings;
        this.clock = frame.clock();
        this.unsettled = new UnsettledReports(clock);
        Path data = home.data();
        this.memory = HeapBudget.of(Runtime.getRuntime().maxMemory(), settings.octets(Setting.MEMORY_BUDGET));
        this.spool = new Spool(
                data.resolve(settings.text(Setting.SPOOL)), settings.octets(Setting.INLINE_LIMIT), memory.content());
        this.connections = new Connections(settings.optional(Setting.BROKER_URL).orElseGet(Connections::embeddedUrl));
        this.routes = new RouteThreads(Threads.pool("policy", settings.count(Setting.POLICY_THREADS)));
        this.disk = Threads.pool("spool", DISK_THREADS);
        this.workers = EventLoops.of(Runtime.getRuntime().availableProcessors(), "smtp-server");
        SessionLimits limits = LiveParts.limits(settings);
        this.registry = new SessionRegistry(limits.connections());
        Domain host = settings.domain(Setting.HOSTNAME);
        RedeliveryPolicies policies = RedeliveryPolicies.load(home.brokerConfig("redelivery.xml"));
        this.smtp =
                new SmtpParts(settings, clock, random, policies.schedule("smtp").delayAfter(1));
        this.enqueuer = new Enqueuer(connections, settings.duration(Setting.STORE_TIMEOUT));
        this.outlets = new EventOutlets(
                settings.flag(Setting.EVENTS_TOPIC), settings.names(Setting.EVENTS_QUEUES), monitoring.counts());
        this.mover = new RetryMover(connections, clock, delays(policies), settings.count(Setting.CONCURRENCY));
        this.pruner = new BouncedPruner(connections, settings.duration(Setting.KEEP_BOUNCED), spool, clock);
        this.renewal = new JournalRenewal(connections, JournalRenewal.Store.of(place.broker()), pruner, clock);

        receiving(host, limits);
        MailDns dns = frame.dns().orElseGet(() -> SmtpParts.dns(settings));
        LocalDomains localDomains = settings.localDomains();
        UserFile users = UserFile.open(home.own(settings.text(Setting.USERS)), localDomains, clock)
                .readBy(disk);
        AliasFile aliases = AliasFile.open(home.own(settings.text(Setting.ALIASES)), localDomains, clock)
                .readBy(disk);
        StorageGuard guard = policy(data, place, dns, new LocalRecipients(users, aliases), localDomains);
        this.watched = new Monitoring.Broker(place.broker(), connections, guard, clock);
        this.sources = new SourceParts(new SourceParts.Ground(
                home, settings, spool, memory.input(), guard, connections, enqueuer, stopping, clock, random));
        beans.putAll(sources.beans());
        beans.put("web", new WebComponent(web));
        beans.putAll(new RecipeParts(home, spool, memory.filters(), clock).beans());
        delivering(data, place, dns, users);
        ForwardPath postmaster = new ForwardPath(new Mailbox("postmaster", host));
        DsnComposer composer = new DsnComposer(host, postmaster, spool, clock, random);
        submitting(localDomains, aliases, composer);
        settling(policies, composer);
        ReplaceableDirect directs = new ReplaceableDirect();
        beans.put("direct", directs);
        this.liveRoutes = new LiveRoutes(directs);
        beans.put("mailqueue", MailQueueComponent.create(connections, stopping));
        beans.put("http", HttpClients.create());
        beans.put("https", HttpClients.create());
        beans.put("signEvent", new SignEvent(home, clock));
        beans.put("eventKey", new EventKey());
        beans.put("retryMover", mover);
        beans.put("bouncedPruner", pruner);
        beans.put("journalRenewal", renewal);
        Optional<QueueWalk> walk = place.broker().map(broker -> new QueueWalk(broker.service()));
        beans.put("spoolSweeper", new SpoolSweeper(walk, mover, spool, clock));
        this.control = QueueParts.control(
                new QueueParts.Ground(data, stopping, connections, walk, spool, clock),
                new QueueParts.Movers(mover, renewal, outlets, smtp.hosts()));
    }

    private static Set<Duration> delays(RedeliveryPolicies policies) {
        Set<Duration> delays = new HashSet<>(policies.delays());
        delays.addAll(List.of(OpenItem.MISSING_CONTENT_DELAY, CommitOnCompletion.UNSETTLED_DELAY));
        return delays;
    }

    private void receiving(Domain host, SessionLimits limits) {
        SessionSetup setup = new SessionSetup(
                new SessionTerms(host, limits),
                (id, whenWritable) -> new SpoolSink(spool, memory.network(), disk, whenWritable),
                registry,
                new MailLogListener(monitoring.counts()),
                clock,
                random);
        Answers answers = new Answers(spool, monitoring.counts());
        beans.put("smtpServer", live.server(host, setup, routes, answers).drawing(memory.input()));
        beans.put("smtpWorkers", workers);
    }

    private StorageGuard policy(
            Path data, Place place, MailDns dns, LocalRecipients localRecipients, LocalDomains localDomains) {
        RelayControl control = new RelayControl(localDomains, settings.networks(Setting.RELAY_NETWORKS));
        RecipientDomainCheck domainCheck =
                smarthost().isPresent() ? RecipientDomainCheck.none() : RecipientDomainCheck.by(dns);
        beans.put("recipientCheck", live.recipients(new RecipientCheck(control, localRecipients, domainCheck)));
        beans.put("rule", new Rule());
        StorageGuard guard = new StorageGuard(
                Set.of(data, data.resolve(settings.text(Setting.SPOOL))),
                new StorageGuard.Limits(settings.count(Setting.MAX_DISK_USE), settings.octets(Setting.MIN_DISK_FREE)),
                () -> place.broker().map(EmbeddedBroker::storePercent).orElse(0));
        beans.put("storageGuard", guard);
        return guard;
    }

    private Optional<HostAndPort> smarthost() {
        return settings.host(Setting.SMARTHOST);
    }

    private void submitting(LocalDomains localDomains, AliasFile aliases, DsnComposer composer) {
        beans.put("intake", new Intake());
        beans.put("destination", new Destination());
        beans.put("hopLimit", live.hops(settings));
        NextHops nextHops = new NextHops(localDomains, aliases, smarthost().map(HostAndPort::toString));
        beans.put("nextHops", nextHops);
        beans.put("confirmExpansion", new ConfirmExpansion(composer, nextHops, settings.confirm(Setting.CONFIRM)));
        beans.put("store", new Store(enqueuer, spool, outlets, clock, memory.deliveries(), disk));
    }

    private void delivering(Path data, Place place, MailDns dns, UserFile users) {
        Domain host = settings.domain(Setting.HOSTNAME);
        beans.put("openItem", new OpenItem(spool, clock, unsettled));
        beans.put("mailBody", new MailBody(host));
        beans.put(
                "smtpTransport",
                new SmtpTransport(smtp.delivery(dns, place.smtp().socketAddress()), stopping));
        beans.put(
                "localTransport",
                new LocalTransport(
                        new MaildirDelivery(data.resolve(settings.text(Setting.MAILDIRS)), host, clock), users));
    }

    private void settling(RedeliveryPolicies policies, DsnComposer composer) {
        SettleRules rules = new SettleRules(settings.confirm(Setting.CONFIRM), settings.duration(Setting.WARN_AFTER));
        beans.put("settleAttempt", new SettleAttempt(policies, rules, composer, outlets));
        beans.put("bounceItem", new BounceItem(composer, outlets));
        UnexplainedFailure unexplained = new UnexplainedFailure(clock, stopping);
        beans.put("unexplainedFailure", unexplained);
        beans.put("destinationReport", new DestinationReport(clock, unexplained));
        beans.put("postponement", new Postponement(policies, outlets, stopping, unsettled));
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    RetryMover mover() {
        return mover;
    }

    BouncedPruner pruner() {
        return pruner;
    }

    LiveRoutes liveRoutes() {
        return liveRoutes;
    }

    /** Those settings that may change while the server runs count from now on. */
    void apply(Settings others) {
        live.apply(others);
    }

    RouteThreads routeThreads() {
        return routes;
    }

    WebServer web() {
        return web;
    }

    ControlServer control() {
        return control;
    }

    /** Answers those who watch the server, from now on. */
    void serveMonitoring(BooleanSupplier listens, boolean ticking) throws IOException {
        LoopWatch loops = new LoopWatch(List.of(workers), System::nanoTime);
        monitoring.serve(
                new Monitoring.Outside(web, sources.access()),
                watched,
                new Monitoring.Server(stopping, registry, loops, enqueuer, mover, listens, ticking));
    }

    SessionRegistry registry() {
        return registry;
    }

    Stopping stopping() {
        return stopping;
    }

    /** Cuts off what is in hand: deliveries, whose mail stays in its queue, and mails not stored, whose clients hear 451. */
    void abort() {
        stopping.abort();
        smtp.client().close();
        enqueuer.giveUpAll();
    }

    /** Ends all connections to the broker under the hands of those who still use them. */
    void disconnect() {
        connections.cutOff();
    }

    @Override
    public void close() {
        web.close();
        control.close();
        monitoring.close();
        enqueuer.close();
        for (Runnable closing : List.<Runnable>of(mover::close, pruner::close, renewal::close, sources::close)) {
            Threads.join(Threads.start("close", closing), CLOSE_LIMIT.toMillis());
        }
        abort();
        disconnect();
        routes.shutdown();
        disk.shutdown();
        workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
