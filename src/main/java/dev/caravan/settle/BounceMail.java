package dev.caravan.settle;

import dev.caravan.broker.ItemProperties;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.events.EventPublisher;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailLog;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/** Turns dead mail into notifications, and keeps the original in {@code mail.bounced} so that it can be replayed. */
public final class BounceMail implements BlockingStep {
    // Set by the broker on what it dead-letters for consumers that are not ours.
    private static final String BROKER_CAUSE = "dlqDeliveryFailureCause";

    private final DsnComposer composer;
    private final EventPublisher outlets;

    public BounceMail(DsnComposer composer, EventPublisher outlets) {
        this.composer = composer;
        this.outlets = outlets;
    }

    /** @return the notifications to be submitted; none if nobody is to be told. */
    public List<MailObject> bounce(
            @Body QueueItem item, @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction)
            throws IOException {
        Optional<String> cause = ItemProperties.text(transaction.consumed(), BROKER_CAUSE);
        List<MailObject> notifications = composer.compose(Outcome.bounce(item, cause));
        if (notifications.isEmpty()) {
            MailLog.unreturned(item.id().toString(), "nobody wants to be told");
        }
        transaction.add(List.of(new Placement(QueueNames.BOUNCED, item)));
        Instant now = composer.clock().instant();
        transaction.tell(outlets.tell(OutcomeEvents.dead(item, cause, now)));
        return notifications;
    }
}
