package dev.caravan.monitoring;

import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpRegistry;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResource;
import dev.caravan.http.HttpResponse;
import dev.caravan.http.HttpRole;
import dev.caravan.lifecycle.BuildVersion;
import dev.caravan.metrics.BrokerSnapshot;
import dev.caravan.metrics.Exposition;
import dev.caravan.metrics.HealthReport;
import dev.caravan.metrics.QueueStatistics;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.recovery.DamageReports;
import dev.caravan.session.SessionRegistry;
import dev.caravan.store.FreeSpaceGuard;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The pages {@code /metrics}, {@code /health/live} and {@code /health/ready} of a running server. None of them waits for
 * deliveries or sources. Thread-safe.
 */
public final class MonitoringEndpoints implements AutoCloseable {
    private static final String STARTING = "the server is starting";

    private final Exposition exposition;
    private final HealthChecks health;
    private final BrokerProbe broker;
    private final SessionRegistry sessions;
    private final DeadHostCache hosts;
    private final FreeSpaceGuard guard;
    private final RetryScheduler scheduler;
    private final DamageReports damage;
    private volatile Optional<Supplier<HealthReport>> live = Optional.empty();
    private volatile Optional<Supplier<HealthReport>> ready = Optional.empty();

    /**
     * @param metrics of which the page is made; other parts add theirs.
     * @param broker is closed with this object.
     */
    public MonitoringEndpoints(
            PrometheusRegistry metrics,
            HealthChecks health,
            BrokerProbe broker,
            SessionRegistry sessions,
            DeadHostCache hosts,
            FreeSpaceGuard guard,
            RetryScheduler scheduler,
            DamageReports damage) {
        this.exposition = new Exposition(metrics);
        this.health = health;
        this.broker = broker;
        this.sessions = sessions;
        this.hosts = hosts;
        this.guard = guard;
        this.scheduler = scheduler;
        this.damage = damage;
        health.warn("store", damage::warning);
    }

    /**
     * Adds a figure of another part.
     *
     * @param name without the prefix {@code caravan_}.
     * @param value asked for each page; must be quick.
     */
    public void add(String name, String help, DoubleSupplier value) {
        exposition.add(name, help, value);
    }

    /** Registers the pages; until {@link #serve} they are answered with 503. */
    public void register(HttpRegistry registry) {
        registry.add(HttpResource.own("/metrics", HttpRole.MONITOR, this::metrics));
        registry.add(HttpResource.own("/health/live", HttpRole.PUBLIC, request -> reply(live)));
        registry.add(HttpResource.own("/health/ready", HttpRole.PUBLIC, request -> reply(ready)));
    }

    /**
     * Begins to answer.
     *
     * @param listens whether SMTP clients can connect.
     * @param isReloadRefused whether files have changed and cannot be loaded.
     * @param inHand how many deliveries are in hand, by transport and stage.
     * @param oldestInHand for how long the oldest of them has been.
     * @param conversions how often a content was converted for another server.
     * @param ticking whether the retry timer runs.
     */
    public void serve(
            BooleanSupplier listens,
            BooleanSupplier isReloadRefused,
            Supplier<Map<String, Map<Stage, Long>>> inHand,
            Supplier<Duration> oldestInHand,
            LongSupplier conversions,
            boolean ticking)
            throws IOException {
        exposition.addDeliveries(inHand);
        exposition.addTotal(
                "conversions_total",
                "Contents that were converted for a server that does not take 8-bit or binary content.",
                conversions);
        exposition.add(
                "delivery_oldest_age_seconds",
                "For how long the oldest delivery attempt has been in hand; 0 if none is.",
                () -> oldestInHand.get().toMillis() / 1000.0);
        exposition.add(
                "store_records_lost",
                "Records of the store that were lost to damage, by the reports in data/" + DamageReports.FOLDER
                        + "; 0 when they have been moved away.",
                damage::recordsLost);
        exposition.addJvm();
        exposition.addBuild(BuildVersion.number());
        exposition.addBroker(broker::last);
        exposition.add("smtp_sessions", "SMTP clients that are connected now.", sessions::open);
        exposition.add(
                "dead_hosts",
                "Mail hosts that are not connected to now, because they could not be reached.",
                hosts::unreachableHosts);
        exposition.add("disk_free_bytes", "Free on the fullest disk that mail is written to.", guard::freeOctets);
        exposition.add(
                "reload_refused",
                "1 while changed routes or settings are not in force, because something in them is wrong.",
                () -> isReloadRefused.getAsBoolean() ? 1 : 0);
        exposition.add(
                "retry_overdue_seconds",
                "For how long the first message of a retry queue has been due; 0 if none is.",
                () -> overdue(broker.last()));
        if (ticking) {
            exposition.add(
                    "retry_timer_age_seconds",
                    "Since the timer has last looked for mail that is due; it does so each second.",
                    () -> scheduler.sinceTick().toMillis() / 1000.0);
        }
        live = Optional.of(() -> health.live(ticking));
        ready = Optional.of(() -> health.ready(listens.getAsBoolean()));
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

    private HttpResponse metrics(HttpRequest request) throws IOException {
        if (ready.isEmpty()) {
            return HttpResponse.later(STARTING);
        }
        // Renews what the page says of the broker.
        BrokerSnapshot unused = broker.look();
        Exposition.Page page = exposition.page(request.header("Accept").orElse(""));
        return new HttpResponse(200, page.type(), page.octets(), Map.of());
    }

    private static HttpResponse reply(Optional<Supplier<HealthReport>> check) {
        if (check.isEmpty()) {
            return HttpResponse.later(STARTING);
        }
        HealthReport report = check.get().get();
        byte[] octets = report.json().getBytes(StandardCharsets.UTF_8);
        return new HttpResponse(
                report.passes() ? 200 : 503, "application/json", octets, Map.of("Cache-Control", "no-store"));
    }

    @Override
    public void close() {
        broker.close();
    }
}
