package dev.caravan.broker;

import jakarta.jms.Destination;
import jakarta.jms.Message;
import jakarta.jms.Session;

/** Collects messages that are sent when an item in hand is committed. Safe for use by several threads. */
public interface MessageCollector {
    /**
     * A message on its way.
     *
     * @param deliveryMode of {@link jakarta.jms.DeliveryMode}.
     * @param priority 0 to 9.
     * @param timeToLive in milliseconds; 0 for ever.
     */
    record Collected(Destination destination, Message message, int deliveryMode, int priority, long timeToLive) {}

    /** Creates the messages; sends none. */
    Session session();

    /**
     * Adds a message that is sent with the commit.
     *
     * @return false if the item is committed already, so that the message will not be sent.
     */
    boolean collect(Collected message);
}
