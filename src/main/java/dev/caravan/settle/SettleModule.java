package dev.caravan.settle;

import dev.caravan.broker.BrokerClock;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.RetryRules;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.trace.MailEvents;
import java.util.Map;
import org.apache.camel.Processor;

/** Consumes items from their queues, and settles the result of each attempt: delivered, deferred, bounced. */
public final class SettleModule implements ServerModule {
    private final Map<String, Object> beans;

    /**
     * @param unsupported warns of items that only a newer server can read.
     * @param results turns what the steps of a delivery route leave into reports.
     * @param message turns an item into what an endpoint can send: octets and headers.
     */
    public SettleModule(
            Settings settings,
            BrokerConnections connections,
            RedeliveryPolicies policies,
            Spool spool,
            DsnComposer composer,
            UnsupportedItems unsupported,
            AttemptResult results,
            Processor message,
            ShutdownState shutdown,
            MailEvents events,
            ClockWatch watch) {
        UncommittedReports uncommitted = new UncommittedReports(watch);
        ReadQueueItem readItem = new ReadQueueItem(
                spool, watch.clock(), uncommitted, events, policies.ownDelay(), unsupported, shutdown);
        NotificationRules rules =
                new NotificationRules(settings.get(ReportSettings.SUCCESS), settings.get(ReportSettings.DELAY_WARNING));
        SettleAttempt settle = new SettleAttempt(
                RetryRules.byTransport(policies::schedule),
                rules,
                composer,
                events,
                new BrokerClock(watch, !connections.isEmbedded()));
        this.beans = Map.of(
                "openItem", readItem,
                "deliver", new DeliverComponent(connections, shutdown, readItem, results, message),
                "settleAttempt", settle,
                "bounceItem", new BounceMail(composer, events),
                "postponement", new SettleFailureHandler(policies, events, shutdown, uncommitted));
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
