package dev.caravan.broker;

import jakarta.jms.Destination;
import jakarta.jms.Message;
import jakarta.jms.Session;

/** Collects messages that are sent when a consumed item is committed. Thread-safe. */
public interface MessageCollector {
    /**
     * A message to be sent.
     *
     * @param deliveryMode of {@link jakarta.jms.DeliveryMode}.
     * @param priority 0 to 9.
     * @param timeToLive in milliseconds; 0 for no limit.
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
