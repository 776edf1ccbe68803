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
    /** The retry timer runs each second; one run may take this long. */
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
     * Adds a warning to both reports. Their status does not change.
     *
     * @param name of the part of the server.
     * @param text asked for each report; empty if there is nothing to warn of; must be quick.
     */
    public void warn(String name, Supplier<Optional<String>> text) {
        warnings.put(name, text);
    }

    /**
     * Whether the process works. Fails only where a restart would help: nothing here depends on other machines.
     *
     * @param ticking whether the retry timer runs.
     */
    HealthReport live(boolean ticking) {
        boolean isLate = ticking && scheduler.sinceTick().compareTo(LONGEST_TICK) > 0;
        return report(
                new Check("event-loops", loops.allResponsive()),
                new Check("store", enqueuer.isAlive()),
                // While the broker is down the timer waits; a restart would not help.
                new Check("retry-timer", !isLate || !broker.last().answers()));
    }

    /**
     * Whether clients can submit messages now.
     *
     * @param listens whether SMTP clients can connect.
     */
    HealthReport ready(boolean listens) {
        boolean stays = !stopping.hasBegun();
        BrokerSnapshot snapshot = stays ? broker.look() : broker.last();
        return report(
                new Check("running", stays),
                new Check("smtp", listens),
                new Check("broker", snapshot.answers()),
                new Check("room", snapshot.answers() && !snapshot.isFull()));
    }

    private HealthReport report(Check... checks) {
        Map<String, String> texts = new HashMap<>();
        warnings.forEach((name, text) -> text.get().ifPresent(now -> texts.put(name, now)));
        return new HealthReport(List.of(checks), texts);
    }
}
