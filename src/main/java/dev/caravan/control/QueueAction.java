package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueVerb;
import dev.caravan.broker.QueueRotation;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.settle.DeliveriesInHand;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.Optional;

/** One call of an operator's command: what it does with each message that its filter selects. */
interface QueueAction {
    QueueVerb verb();

    QueueFilter filter();

    /** Whether the action applies to an item. */
    boolean selects(QueueItem item);

    /** What is done in the transactions of a pass over one queue. */
    QueueRotation.Handler on(String queue);

    /**
     * What is done with an item whose delivery was given up, in the transaction that takes it from its queue; only if the
     * verb reaches deliveries.
     */
    default DeliveriesInHand.Decision inHand() {
        throw new IllegalStateException(verb() + " does not reach deliveries");
    }

    /** Who asks, and why, as other servers are to keep it. */
    default OperatorRequest request() {
        return OperatorRequest.of("", "");
    }

    /** Called once, before anything is done. */
    default void begin() {}

    /**
     * The item of a message, if it is selected.
     *
     * @throws UnsupportedItemException if a newer server wrote the item, and the filter may select it.
     */
    default Optional<QueueItem> selected(Message message, Spool spool) throws JMSException, UnsupportedItemException {
        return ListingPage.itemFor(filter(), message, spool).filter(this::selects);
    }
}
