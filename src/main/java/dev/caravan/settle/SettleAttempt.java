package dev.caravan.settle;

import dev.caravan.broker.BrokerClock;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.dsn.Notification;
import dev.caravan.events.PendingEvents;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.RetryRules;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.AttemptDecisions;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/** Decides what follows from a delivery attempt, and puts it into the transaction that consumed the item. */
public final class SettleAttempt implements BlockingStep {
    private final RetryRules retries;
    private final NotificationRules rules;
    private final DsnComposer composer;
    private final MailEvents events;
    private final BrokerClock clock;

    public SettleAttempt(
            RetryRules retries, NotificationRules rules, DsnComposer composer, MailEvents events, BrokerClock clock) {
        this.retries = retries;
        this.rules = rules;
        this.composer = composer;
        this.events = events;
        this.clock = clock;
    }

    /**
     * Settles.
     *
     * @return the notifications to be submitted; none if no sender is to be notified.
     */
    public List<MailObject> settle(
            @Body DeliveryReport report,
            @ExchangeProperty(MailExchange.ITEM) QueueItem item,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction)
            throws IOException {
        if (events.wantsDecisions()) {
            AttemptDecisions.of(item, report).forEach(events::decided);
        }
        ClockWatch.Reading reading = clock.look(transaction.consumed());
        Instant now = reading.now();
        Settlement settlement = ReportRetry.of(item, report, Outcome.settle(item, report, retries, rules, reading));
        List<Notification> notifications = composer.compose(settlement.notices());
        transaction.add(settlement.placements());
        List<OutcomeEvent> outcomes = OutcomeEvents.settled(item, report, settlement, now);
        transaction.tell(
                PendingEvents.prepare(events, outcomes, () -> events.settled(item, report, settlement, outcomes)));
        if (!settlement.keeps(item.id())) {
            transaction.release(item.mail().content());
        }
        return BounceMail.submitted(notifications, events, transaction);
    }
}
