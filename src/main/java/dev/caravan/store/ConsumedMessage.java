package dev.caravan.store;

import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.QueueOf;
import dev.caravan.store.StoreException.Certainty;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;

/**
 * A message of any kind that a listener has consumed from a queue. What is sent here is committed together with its
 * acknowledgement.
 *
 * @param session the transacted session of the listener; used by its thread only.
 */
public record ConsumedMessage(Session session, Message message) {
    /**
     * Sends a copy, with the reason as a property, to the queue whose name is that of the message's own queue and a suffix.
     *
     * @return the name of that queue.
     * @throws StoreException if the broker refuses; the listener must roll back.
     */
    public String setAside(String suffix, String reason) {
        try {
            String queue =
                    QueueOf.message(message).orElseThrow(() -> new JMSException("not a message of a queue")) + suffix;
            ProducerCache.of(session).to(queue).send(MessageCopy.setAside(message, reason));
            return queue;
        } catch (JMSException e) {
            throw new StoreException(Certainty.NOT_STORED, e.toString());
        }
    }
}
