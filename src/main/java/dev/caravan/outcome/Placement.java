package dev.caravan.outcome;

import dev.caravan.queue.QueueItem;

/**
 * An item and the queue it goes to, in the transaction that consumed the item it comes from. An item with a new id
 * still has the content of the old one, and is to be adopted by the spool before it is sent.
 *
 * @param queue the queue's name.
 * @param item the item.
 */
public record Placement(String queue, QueueItem item) {}
