package dev.caravan.server;

import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.camel.QueueConsumer;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.dns.MailDns;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.http.HttpSettings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.SmtpListener;
import dev.caravan.net.SmtpListeners;
import dev.caravan.queue.ClockWatch;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.reload.ConfigWatcher;
import dev.caravan.reload.FileStamps;
import dev.caravan.reload.NonBlockingRoutes;
import dev.caravan.reload.RouteCheck;
import dev.caravan.reload.RouteFiles;
import dev.caravan.reload.RoutesAtStart;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.steps.PolicySettings;
import dev.caravan.store.MessageSettings;
import dev.caravan.transport.DeliverySettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.main.Main;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running server: broker, routes and all they need. */
public final class CaravanServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CaravanServer.class);
    /** How long a clean stop waits for what is in hand. */
    private static final Duration STOP = Duration.ofSeconds(20);

    private static final Duration GOODBYE = CamelContexts.GOODBYE;

    private final Optional<EmbeddedBroker> broker;
    private final ServerAssembly parts;
    private final Main main;
    private final SmtpListeners smtp;
    private final Duration stopLimit;
    private final ConfigWatcher reload;
    private Optional<ListenAddress> http = Optional.empty();
    private boolean closed;

    private CaravanServer(Optional<EmbeddedBroker> broker, ServerAssembly parts, Main main, Running running) {
        this.broker = broker;
        this.parts = parts;
        this.main = main;
        this.smtp = running.smtp;
        this.stopLimit = running.stopLimit;
        this.reload = running.reload;
    }

    /** Whether the steps of a receiving route may block decides on which threads it runs. */
    private void adapt() {
        List<RouteDefinition> routes = parts.liveRoutes().inForce();
        Map<String, List<NonBlockingStep>> nonBlocking = new HashMap<>();
        for (Route route : receiving()) {
            NonBlockingRoutes.steps(routes, route.getRouteId(), camel().getRegistry()::lookupByName)
                    .ifPresent(steps -> nonBlocking.put(route.getRouteId(), steps));
        }
        parts.routeThreads().adapt(nonBlocking);
    }

    private record Running(SmtpListeners smtp, Duration stopLimit, ConfigWatcher reload) {}

    /**
     * What a caller decides beyond the settings.
     *
     * @param watch the clock of everything that waits or expires.
     * @param ticking whether timers run; a test calls the mover itself.
     * @param dns who is asked; empty for the servers of the settings.
     * @param whenBroken runs if the embedded broker stops by itself.
     * @param check of routes that were changed while the server runs.
     */
    public record Frame(
            ClockWatch watch, boolean ticking, Optional<MailDns> dns, Runnable whenBroken, RouteCheck check) {}

    /**
     * What tests decide.
     *
     * @param stopLimit how long a clean stop waits for what is in hand.
     * @param beans gives the objects that routes name in the place of the real ones.
     * @param begins whether a route that begins with that URI is started.
     */
    public record Trial(Duration stopLimit, UnaryOperator<Map<String, Object>> beans, Predicate<String> begins) {}

    /**
     * Starts a server; when this returns, it serves.
     *
     * @throws Exception if a setting, a route or the broker's configuration is unusable, or a port is taken.
     */
    public static CaravanServer start(ServerHome home, Settings settings, Frame frame) throws Exception {
        return start(home, settings, frame, STOP);
    }

    /** As the other one, with another time limit for a clean stop. */
    public static CaravanServer start(ServerHome home, Settings settings, Frame frame, Duration stopLimit)
            throws Exception {
        return start(home, settings, frame, new Trial(stopLimit, UnaryOperator.identity(), uri -> true));
    }

    /** As the other one, to test routes. */
    public static CaravanServer start(ServerHome home, Settings settings, Frame frame, Trial trial) throws Exception {
        warn(home, settings);
        SmtpListeners smtp = settings.get(SmtpSettings.LISTEN).withFreePorts();
        Optional<EmbeddedBroker> broker = Optional.empty();
        if (settings.get(BrokerSettings.URL).isEmpty()) {
            broker = Optional.of(
                    EmbeddedBroker.start(home, settings, settings.text(BrokerSettings.LISTEN), frame.whenBroken()));
        }
        ServerAssembly parts = null;
        try {
            parts = new ServerAssembly(home, settings, frame, broker, smtp);
            Path routeFolder = home.routes();
            FileStamps stamps = ConfigWatcher.stamps(home, routeFolder);
            Main main = CamelContexts.create(settings, frame, smtp);
            RoutesAtStart.check(
                    RouteFiles.list(routeFolder),
                    parts.beans(),
                    Placeholders.of(settings, frame.ticking(), smtp),
                    settings.catalog().formerNames());
            main.configure().addRoutesBuilder(parts.liveRoutes().of(RouteFiles.list(routeFolder)));
            parts.liveRoutes().startOnly(trial.begins());
            trial.beans().apply(parts.beans()).forEach(main::bind);
            ConfigWatcher reload = new ConfigWatcher(home, settings, parts.liveRoutes(), frame.check(), stamps);
            CaravanServer node = new CaravanServer(broker, parts, main, new Running(smtp, trial.stopLimit(), reload));
            node.serve(settings, frame);
            return node;
        } catch (Exception e) {
            SmtpListener last = smtp.all().get(0);
            if (parts != null) {
                last = parts.listenerStartedLast().flatMap(smtp::at).orElse(last);
                parts.close();
            }
            broker.ifPresent(EmbeddedBroker::close);
            throw CamelContexts.explained(e, last, settings.text(HttpSettings.LISTEN));
        }
    }

    private static void warn(ServerHome home, Settings settings) {
        settings.warnings().forEach(warning -> LOG.warn("{}", warning));
        settings.unserved().forEach(key -> LOG.warn("{}: this version serves smtp.listen and http.listen only", key));
        // A relay has no users, and its own name needs none.
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

    private void serve(Settings settings, Frame frame) throws Exception {
        Optional<ListenAddress> web = settings.get(HttpSettings.LISTEN);
        if (web.isPresent()) {
            http = Optional.of(parts.web().bind(web.get()));
        }
        main.start();
        adapt();
        if (http.isPresent()) {
            parts.serveMonitoring(this::listens, reload::isRefused, frame.ticking());
        }
        parts.web().serve();
        parts.control().serve();
        reload.connect(new ConfigWatcher.Live(
                (ModelCamelContext) main.getCamelContext(),
                latest -> Placeholders.of(latest, frame.ticking(), smtp),
                parts::reconfigure,
                this::adapt));
        if (frame.ticking()) {
            parts.serveSendmail(new IdempotentSubmitter.Target(camel(), "direct:submit"), smtp.fromThisMachine());
            reload.begin();
        }
    }

    /** Whether there are listeners, and each that starts with the server takes connections. */
    private boolean listens() {
        List<Route> listeners = receiving();
        return listeners.stream().anyMatch(CaravanServer::isStarted)
                && listeners.stream().allMatch(route -> isStarted(route) || !route.isAutoStartup());
    }

    private static boolean isStarted(Route route) {
        return route.getConsumer() instanceof NettyConsumer consumer && consumer.isStarted();
    }

    /** The routes that listen for clients. */
    private List<Route> receiving() {
        return camel().getRoutes().stream()
                .filter(route -> route.getConsumer() instanceof NettyConsumer)
                .toList();
    }

    /** How many SMTP clients are connected now. */
    public int sessions() {
        return parts.registry().open();
    }

    /** Where SMTP clients of this machine connect. */
    public InetSocketAddress smtpAddress() {
        return smtp.fromThisMachine();
    }

    /** Where SMTP clients connect. */
    public SmtpListeners listeners() {
        return smtp;
    }

    /** {@code HOST:PORT} of the SMTP listeners, joined by commas. */
    public String smtp() {
        return smtp.toString();
    }

    /** {@code HOST:PORT} of the HTTP listener, if there is one. */
    public Optional<String> http() {
        return http.map(ListenAddress::toString);
    }

    /** Moves waiting mail that is due, as the timer does each second. */
    public int tick() {
        return parts.mover().tick();
    }

    /** Removes returned mail that is old, as the timer does each minute. */
    public int prune() {
        return parts.pruner().prune();
    }

    /**
     * Looks whether routes or settings were changed, as a timer does each second. A change counts at the second look
     * that finds the files the same.
     *
     * @return what was found wrong at this look; nothing of it counts then.
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
     * A clean stop: no new connections, idle sessions get 421, mails in hand are finished within 20 s, and everything
     * else stays in its queue. Nothing of it counts as an attempt.
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
        Thread cutOff = cutOffLater(stopLimit);
        parts.stopSendmail();
        List<Thread> deliveries = stopDeliveries();
        drain();
        long idle = begun + stopLimit.toNanos();
        long end = idle + GOODBYE.toNanos();
        parts.web().awaitIdle(idle);
        parts.control().awaitIdle(idle);
        // All that deliveries need, such as the route that settles them, is there until the last of them has ended.
        deliveries.forEach(delivery -> Threads.join(delivery, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        main.stop();
        cutOff.interrupt();
        parts.close();
        broker.ifPresent(EmbeddedBroker::close);
        LOG.info("stopped after {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    private Thread cutOffLater(Duration delay) {
        Thread thread = new Thread(
                () -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(delay.toMillis());
                        parts.abort();
                        // Whoever waits for a broker that does not answer would wait for ever.
                        TimeUnit.MILLISECONDS.sleep(GOODBYE.toMillis());
                        parts.disconnect();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop-deadline");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /**
     * Mail that is not in hand yet stays where it is from now on; what is in hand goes on. Camel would stop the routes
     * that settle while a listener takes a last mail, which would be delivered and not settled.
     *
     * @return threads that end when nothing is in hand.
     */
    private List<Thread> stopDeliveries() {
        return camel().getRoutes().stream()
                .filter(route -> QueueConsumer.is(route.getConsumer()))
                .map(route ->
                        Threads.start("stop-" + route.getId(), () -> ServiceHelper.stopService(route.getConsumer())))
                .toList();
    }

    private void drain() {
        try {
            // A little longer than it takes to cut off, so that clients hear what became of their mail.
            long most = stopLimit.plus(GOODBYE).toMillis();
            parts.registry().drain().toCompletableFuture().get(most, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("{} clients did not finish in time", parts.registry().open());
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
