package dev.caravan.monitoring;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpAccess;
import dev.caravan.http.HttpListener;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResponse;
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
import java.util.function.Supplier;

/**
 * What others can ask of a running server: {@code /metrics}, {@code /health/live} and {@code /health/ready}. Nothing here
 * waits for mail.
 */
public final class MonitoringEndpoints implements AutoCloseable {
    /** The timer moves mail each second, and may work at it for as long. */
    private static final Duration LONGEST_TICK = Duration.ofMinutes(2);

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final MailCounts counts = new MailCounts(registry);
    private final Exposition exposition = new Exposition(registry);
    private final Map<String, Supplier<Optional<String>>> warnings = new ConcurrentHashMap<>();
    private Optional<BrokerProbe> watch = Optional.empty();

    /** What is watched of the broker. */
    public record Broker(
            Optional<EmbeddedBroker> embedded, BrokerConnections connections, FreeSpaceGuard guard, Clock clock) {}

    /**
     * What else is watched.
     *
     * @param listens whether clients can connect.
     * @param isReloadRefused whether files have changed and are not in force.
     * @param ticking whether the timer runs that moves mail.
     */
    public record Server(
            ShutdownState stopping,
            SessionRegistry sessions,
            EventLoopWatchdog loops,
            GroupCommitEnqueuer enqueuer,
            RetryScheduler mover,
            DeadHostCache hosts,
            BooleanSupplier listens,
            BooleanSupplier isReloadRefused,
            boolean ticking) {}

    /** Where mail is counted. */
    public MailCounts counts() {
        return counts;
    }

    /**
     * Adds something that health warns of while there is a text, without being down for it.
     *
     * @param name of the part.
     * @param text asked at each look; must be quick.
     */
    public void warn(String name, Supplier<Optional<String>> text) {
        warnings.put(name, text);
    }

    /** Tells of damage to the store, by a warning and a metric. */
    public void watch(DamageReports reports) {
        warn("store", reports::warning);
        exposition.add(
                "store_records_lost",
                "Records of the store that were lost to damage, by the reports in data/" + DamageReports.FOLDER
                        + "; 0 when they have been moved away.",
                reports::recordsLost);
    }

    /** Who is answered, and where. */
    public record Outside(HttpListener web, HttpAccess access) {}

    /** Begins to answer. */
    public void serve(Outside outside, Broker broker, Server server) throws IOException {
        BrokerProbe watching = new BrokerProbe(broker.connections(), view(broker));
        watch = Optional.of(watching);
        exposition.addJvm();
        exposition.addBuild(BuildVersion.number());
        exposition.addBroker(watching::last);
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
                () -> overdue(watching.last()));
        if (server.ticking()) {
            exposition.add(
                    "retry_timer_age_seconds",
                    "Since the timer has last looked for mail that is due; it does so each second.",
                    () -> server.mover().sinceTick().toMillis() / 1000.0);
        }
        outside.web().addOwn("/metrics", request -> metrics(request, outside.access(), watching));
        outside.web().addOwn("/health/live", request -> reply(warned(live(server, watching))));
        outside.web().addOwn("/health/ready", request -> reply(warned(ready(server, watching))));
    }

    /** The queue of mail that waits for its turn is left out: it is emptied slowly where much waits. */
    public static double overdue(BrokerSnapshot sight) {
        double most = 0;
        for (QueueStatistics queue : sight.queues()) {
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

    private HttpResponse metrics(HttpRequest request, HttpAccess access, BrokerProbe watching) throws IOException {
        Optional<HttpResponse> refusal = access.refusal(request);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        // What the page says of the broker is then new, or that nothing is known.
        BrokerSnapshot unused = watching.look();
        Exposition.Page page = exposition.page(request.header("Accept").orElse(""));
        return new HttpResponse(200, page.type(), page.octets(), Map.of());
    }

    /** What a new process would do better: nothing here depends on other machines. */
    private static HealthReport live(Server server, BrokerProbe watching) {
        boolean isLate = server.ticking() && server.mover().sinceTick().compareTo(LONGEST_TICK) > 0;
        return new HealthReport(List.of(
                new Check("event-loops", server.loops().allResponsive()),
                new Check("store", server.enqueuer().isAlive()),
                // It waits for a broker that is away, and goes on when that is back.
                new Check("retry-timer", !isLate || !watching.last().answers())));
    }

    private static HealthReport ready(Server server, BrokerProbe watching) {
        boolean stays = !server.stopping().hasBegun();
        BrokerSnapshot sight = stays ? watching.look() : watching.last();
        return new HealthReport(List.of(
                new Check("running", stays),
                new Check("smtp", server.listens().getAsBoolean()),
                new Check("broker", sight.answers()),
                new Check("room", sight.answers() && !sight.isFull())));
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
        watch.ifPresent(BrokerProbe::close);
    }
}
