package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Session;

/** A message to be sent in a transaction. */
public interface TransactedSend {
    /** Its approximate size in octets. */
    long size();

    /** Sends it within the session's transaction, without waiting for the broker. */
    void send(Session session, ProducerCache producers) throws JMSException;
}
