package dev.caravan.housekeeping;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.trace.MailEvents;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * The work of timers: return deferred mail to its transport, prune returned mail, compact the journal, sweep the spool.
 */
public final class HousekeepingModule implements ServerModule {
    private final RetryScheduler scheduler;
    private final BouncedPruner pruner;
    private final JournalCompactor compactor;
    private final SpoolSweeper sweeper;

    /**
     * @param broker the embedded broker; empty if the broker is a process of its own.
     * @param scanner of its store.
     * @param delays of the retry policy.
     * @param deliveries by SMTP at once.
     * @param unsupported warns of items that only a newer server can read.
     */
    public HousekeepingModule(
            Settings settings,
            BrokerConnections connections,
            Optional<EmbeddedBroker> broker,
            Optional<StoreScanner> scanner,
            Spool spool,
            Collection<Duration> delays,
            int deliveries,
            MailEvents events,
            UnsupportedItems unsupported,
            ClockWatch watch) {
        this.scheduler = new RetryScheduler(connections, watch, delays, deliveries, events, unsupported);
        this.pruner = new BouncedPruner(
                connections, settings.get(RetentionSettings.BOUNCED_RETENTION), spool, watch, unsupported);
        this.compactor = new JournalCompactor(connections, JournalCompactor.Store.of(broker), pruner, watch.clock());
        this.sweeper = new SpoolSweeper(scanner, scheduler, spool, watch);
    }

    public RetryScheduler scheduler() {
        return scheduler;
    }

    public BouncedPruner pruner() {
        return pruner;
    }

    public JournalCompactor compactor() {
        return compactor;
    }

    public SpoolSweeper sweeper() {
        return sweeper;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of(
                "retryMover", scheduler,
                "bouncedPruner", pruner,
                "journalRenewal", compactor,
                "spoolSweeper", sweeper);
    }
}
