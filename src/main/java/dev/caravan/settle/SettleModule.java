package dev.caravan.settle;

import dev.caravan.broker.BrokerClock;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.RetryRules;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.trace.MailEvents;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.camel.Processor;

/** Consumes items from their queues, and settles the result of each attempt: delivered, deferred, bounced. */
public final class SettleModule implements ServerModule {
    private final DsnComposer composer;
    private final DeliveriesInHand inHand = new DeliveriesInHand();
    private final Map<String, Object> beans;

    /**
     * @param unsupported warns of items that only a newer server can read.
     * @param results turns what the steps of a delivery route leave into reports.
     * @param message turns an item into what an endpoint can send: octets and headers.
     * @param sources is told which transports this server serves.
     */
    public SettleModule(
            Settings settings,
            BrokerConnections connections,
            RedeliveryPolicies policies,
            Spool spool,
            UnsupportedItems unsupported,
            AttemptResult results,
            Processor message,
            SourceListener sources,
            ShutdownState shutdown,
            MailEvents events,
            ClockWatch watch,
            RandomGenerator random) {
        Domain host = settings.get(MailSettings.HOSTNAME);
        this.composer =
                new DsnComposer(host, new ForwardPath(new Mailbox("postmaster", host)), spool, watch.clock(), random);
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
                "deliver",
                        new DeliverComponent(
                                connections,
                                shutdown,
                                readItem,
                                results,
                                message,
                                inHand,
                                settings.get(BrokerSettings.MAX_IN_HAND_SIZE),
                                sources),
                "settleAttempt", settle,
                "bounceItem", new BounceMail(composer, events),
                "postponement", new SettleFailureHandler(policies, events, shutdown, uncommitted));
    }

    /** The attempts of this server. */
    public DeliveriesInHand inHand() {
        return inHand;
    }

    /** Writes the reports to senders. */
    public DsnComposer composer() {
        return composer;
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
