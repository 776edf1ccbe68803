package dev.caravan.settle;

import dev.caravan.broker.ItemProperties;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.dsn.Notification;
import dev.caravan.events.PendingEvents;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/**
 * Turns mail that was given up into notifications, and keeps the original in {@code mail.bounced}, so that it can be
 * sent again.
 */
public final class BounceMail implements BlockingStep {
    // Set by the broker on messages that it dead-letters for consumers of other programs.
    private static final String BROKER_CAUSE = "dlqDeliveryFailureCause";

    private final DsnComposer composer;
    private final MailEvents events;

    public BounceMail(DsnComposer composer, MailEvents events) {
        this.composer = composer;
        this.events = events;
    }

    /** @return the notifications to be submitted; none if no sender is to be notified. */
    public List<MailObject> bounce(
            @Body QueueItem item, @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction)
            throws IOException {
        Optional<String> cause = ItemProperties.text(transaction.consumed(), BROKER_CAUSE);
        List<Notification> notifications = composer.compose(Outcome.bounce(item, cause));
        transaction.add(List.of(new Placement(QueueNames.BOUNCED, item)));
        List<OutcomeEvent> outcomes =
                OutcomeEvents.dead(item, cause, composer.clock().instant());
        boolean isReported = !notifications.isEmpty();
        transaction.tell(PendingEvents.prepare(events, outcomes, () -> events.bounced(item, isReported, outcomes)));
        return submitted(notifications, events, transaction);
    }

    /** The messages of these notifications, which are reported once the transaction has committed. */
    static List<MailObject> submitted(
            List<Notification> notifications, MailEvents events, QueueTransaction transaction) {
        for (Notification notification : notifications) {
            transaction.afterCommit(() -> events.notified(
                    notification.notice().item(), notification.notice().kind(), notification.mail()));
        }
        return notifications.stream().map(Notification::mail).toList();
    }
}
