package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.QueueRotation;
import dev.caravan.queue.QueueItem;

/**
 * What an operator's command does with each mail that is meant.
 */
public interface QueueAction {
    /** The name that people know: lower case. */
    String name();

    /** Which mails are meant. */
    QueueFilter filter();

    /** Whether an item is meant. */
    boolean means(QueueItem item);

    /** What is done in the transactions of a pass over one queue. */
    QueueRotation.Handler on(String queue);

    /** Called once, before anything is done. */
    default void begin() {}
}
