package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Session;

/** Something on its way into the broker. */
public interface TransactedSend {
    /** About how many octets it has. */
    long size();

    /** Sends it within the session's transaction, without waiting for the broker. */
    void send(Session session, ProducerCache producers) throws JMSException;
}
