package dev.caravan.monitoring;

import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.metrics.BrokerSnapshot;
import dev.caravan.metrics.HealthReport;
import dev.caravan.metrics.HealthReport.Check;
import dev.caravan.store.GroupCommitEnqueuer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What a server checks of itself for {@code /health/live} and {@code /health/ready}. Thread-safe. */
public final class HealthChecks {
    /** The timer moves messages each second; one run of it may take this long. */
    private static final Duration LONGEST_TICK = Duration.ofMinutes(2);

    private final Map<String, Supplier<Optional<String>>> warnings = new ConcurrentHashMap<>();
    private final ShutdownState stopping;
    private final EventLoopWatchdog loops;
    private final GroupCommitEnqueuer enqueuer;
    private final RetryScheduler scheduler;
    private final BrokerProbe broker;

    public HealthChecks(
            ShutdownState stopping,
            EventLoopWatchdog loops,
            GroupCommitEnqueuer enqueuer,
            RetryScheduler scheduler,
            BrokerProbe broker) {
        this.stopping = stopping;
        this.loops = loops;
        this.enqueuer = enqueuer;
        this.scheduler = scheduler;
        this.broker = broker;
    }

    /**
     * Adds a warning, which both reports have while there is a text; they pass nevertheless.
     *
     * @param name of the part.
     * @param text is asked for each report; must be quick.
     */
    public void warn(String name, Supplier<Optional<String>> text) {
        warnings.put(name, text);
    }

    /**
     * Whether the process works; fails when a new process would do better, so nothing here depends on other machines.
     *
     * @param ticking whether the timer runs that moves deferred messages.
     */
    HealthReport live(boolean ticking) {
        boolean isLate = ticking && scheduler.sinceTick().compareTo(LONGEST_TICK) > 0;
        return report(
                new Check("event-loops", loops.allResponsive()),
                new Check("store", enqueuer.isAlive()),
                // The timer waits for a broker that is away, and goes on when the broker is back.
                new Check("retry-timer", !isLate || !broker.last().answers()));
    }

    /**
     * Whether clients can submit messages now.
     *
     * @param listens whether SMTP clients can connect.
     */
    HealthReport ready(boolean listens) {
        boolean stays = !stopping.hasBegun();
        BrokerSnapshot sight = stays ? broker.look() : broker.last();
        return report(
                new Check("running", stays),
                new Check("smtp", listens),
                new Check("broker", sight.answers()),
                new Check("room", sight.answers() && !sight.isFull()));
    }

    private HealthReport report(Check... checks) {
        Map<String, String> texts = new HashMap<>();
        warnings.forEach((name, text) -> text.get().ifPresent(now -> texts.put(name, now)));
        return new HealthReport(List.of(checks), texts);
    }
}
