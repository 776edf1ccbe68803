package dev.caravan.monitoring;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpRegistry;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResource;
import dev.caravan.http.HttpResponse;
import dev.caravan.http.HttpRole;
import dev.caravan.lifecycle.BuildVersion;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.metrics.BrokerSnapshot;
import dev.caravan.metrics.Exposition;
import dev.caravan.metrics.HealthReport;
import dev.caravan.metrics.HealthReport.Check;
import dev.caravan.metrics.MailCounts;
import dev.caravan.metrics.QueueStatistics;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.recovery.DamageReports;
import dev.caravan.session.SessionRegistry;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The pages {@code /metrics}, {@code /health/live} and {@code /health/ready} of a running server. None of them waits for
 * deliveries or sources.
 */
public final class MonitoringEndpoints implements AutoCloseable {
    /** The retry timer runs each second; one run may take this long. */
    private static final Duration LONGEST_TICK = Duration.ofMinutes(2);

    private static final String STARTING = "the server is starting";

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final MailCounts counts = new MailCounts(registry);
    private final Exposition exposition = new Exposition(registry);
    private final Map<String, Supplier<Optional<String>>> warnings = new ConcurrentHashMap<>();
    private volatile Optional<Watched> watched = Optional.empty();

    /** The broker that is watched. */
    public record Broker(
            Optional<EmbeddedBroker> embedded, BrokerConnections connections, FreeSpaceGuard guard, Clock clock) {}

    /**
     * The parts of the server that are watched.
     *
     * @param listens whether clients can connect.
     * @param isReloadRefused whether files have changed and cannot be loaded.
     * @param ticking whether the retry timer runs.
     */
    public record Server(
            ShutdownState stopping,
            SessionRegistry sessions,
            EventLoopWatchdog loops,
            GroupCommitEnqueuer enqueuer,
            RetryScheduler scheduler,
            DeadHostCache hosts,
            BooleanSupplier listens,
            BooleanSupplier isReloadRefused,
            boolean ticking) {}

    /** The counters of mail. */
    public MailCounts counts() {
        return counts;
    }

    /**
     * Adds a warning to the health report. The status does not change.
     *
     * @param name of the part of the server.
     * @param text asked at each request; empty if there is nothing to warn of; must be quick.
     */
    public void warn(String name, Supplier<Optional<String>> text) {
        warnings.put(name, text);
    }

    /** Reports damage to the store, by a warning and a metric. */
    public void watch(DamageReports reports) {
        warn("store", reports::warning);
        exposition.add(
                "store_records_lost",
                "Records of the store that were lost to damage, by the reports in data/" + DamageReports.FOLDER
                        + "; 0 when they have been moved away.",
                reports::recordsLost);
    }

    /** Registers the pages; until {@link #serve} they are answered with 503. */
    public void register(HttpRegistry registry) {
        registry.add(HttpResource.own("/metrics", HttpRole.MONITOR, this::metrics));
        registry.add(HttpResource.own("/health/live", HttpRole.PUBLIC, request -> health(MonitoringEndpoints::live)));
        registry.add(HttpResource.own("/health/ready", HttpRole.PUBLIC, request -> health(MonitoringEndpoints::ready)));
    }

    /** What is watched, from {@link #serve} on. */
    private record Watched(Server server, BrokerProbe probe) {}

    /** Begins to watch a server, and to answer. */
    public void serve(Broker broker, Server server) throws IOException {
        BrokerProbe probe = new BrokerProbe(broker.connections(), view(broker));
        watched = Optional.of(new Watched(server, probe));
        exposition.addJvm();
        exposition.addBuild(BuildVersion.number());
        exposition.addBroker(probe::last);
        exposition.add("smtp_sessions", "SMTP clients that are connected now.", server.sessions()::open);
        exposition.add(
                "dead_hosts",
                "Mail hosts that are not connected to now, because they could not be reached.",
                server.hosts()::unreachableHosts);
        exposition.add(
                "disk_free_bytes", "Free on the fullest disk that mail is written to.", broker.guard()::freeOctets);
        exposition.add(
                "reload_refused",
                "1 while changed routes or settings are not in force, because something in them is wrong.",
                () -> server.isReloadRefused().getAsBoolean() ? 1 : 0);
        exposition.add(
                "retry_overdue_seconds",
                "For how long the first message of a retry queue has been due; 0 if none is.",
                () -> overdue(probe.last()));
        if (server.ticking()) {
            exposition.add(
                    "retry_timer_age_seconds",
                    "Since the timer has last looked for mail that is due; it does so each second.",
                    () -> server.scheduler().sinceTick().toMillis() / 1000.0);
        }
    }

    /**
     * For how many seconds the first message of a retry queue has been due. The queue of mail that waits for busy
     * destinations is left out: it is released slowly by design.
     */
    public static double overdue(BrokerSnapshot snapshot) {
        double most = 0;
        for (QueueStatistics queue : snapshot.queues()) {
            Optional<Duration> delay = RetrySchedule.delayOf(queue.queue());
            if (delay.isPresent() && !delay.get().equals(Outcome.BUSY_DELAY)) {
                double age = queue.oldest().map(Duration::toMillis).orElse(0L) / 1000.0;
                most = Math.max(most, age - delay.get().toMillis() / 1000.0);
            }
        }
        return most;
    }

    private static BrokerProbe.View view(Broker broker) {
        if (broker.embedded().isEmpty()) {
            RemoteBrokerStatistics statistics = new RemoteBrokerStatistics();
            return connection -> new BrokerSnapshot(
                    true, broker.guard().isFull(), OptionalInt.empty(), statistics.figures(connection));
        }
        EmbeddedBroker embedded = broker.embedded().get();
        EmbeddedBrokerStatistics queues = new EmbeddedBrokerStatistics(embedded.service(), broker.clock());
        return connection -> new BrokerSnapshot(
                true, broker.guard().isFull(), OptionalInt.of(embedded.storePercent()), queues.figures());
    }

    private HttpResponse metrics(HttpRequest request) throws IOException {
        Optional<Watched> now = watched;
        if (now.isEmpty()) {
            return HttpResponse.later(STARTING);
        }
        // Renews what the page says of the broker.
        BrokerSnapshot unused = now.get().probe().look();
        Exposition.Page page = exposition.page(request.header("Accept").orElse(""));
        return new HttpResponse(200, page.type(), page.octets(), Map.of());
    }

    /** Fails only where a restart would help: nothing here depends on other machines. */
    private static HealthReport live(Watched watched) {
        Server server = watched.server();
        boolean isLate = server.ticking() && server.scheduler().sinceTick().compareTo(LONGEST_TICK) > 0;
        return new HealthReport(List.of(
                new Check("event-loops", server.loops().allResponsive()),
                new Check("store", server.enqueuer().isAlive()),
                // While the broker is down the timer waits; a restart would not help.
                new Check("retry-timer", !isLate || !watched.probe().last().answers())));
    }

    private static HealthReport ready(Watched watched) {
        Server server = watched.server();
        boolean stays = !server.stopping().hasBegun();
        BrokerSnapshot snapshot =
                stays ? watched.probe().look() : watched.probe().last();
        return new HealthReport(List.of(
                new Check("running", stays),
                new Check("smtp", server.listens().getAsBoolean()),
                new Check("broker", snapshot.answers()),
                new Check("room", snapshot.answers() && !snapshot.isFull())));
    }

    private HttpResponse health(Function<Watched, HealthReport> check) {
        return watched.map(now -> reply(warned(check.apply(now)))).orElseGet(() -> HttpResponse.later(STARTING));
    }

    private HealthReport warned(HealthReport report) {
        Map<String, String> texts = new HashMap<>();
        warnings.forEach((name, text) -> text.get().ifPresent(now -> texts.put(name, now)));
        return new HealthReport(report.checks(), texts);
    }

    private static HttpResponse reply(HealthReport report) {
        byte[] octets = report.json().getBytes(StandardCharsets.UTF_8);
        return new HttpResponse(
                report.passes() ? 200 : 503, "application/json", octets, Map.of("Cache-Control", "no-store"));
    }

    @Override
    public void close() {
        watched.ifPresent(now -> now.probe().close());
    }
}
