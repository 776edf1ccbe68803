package dev.caravan.camel;

import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.Map;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.util.ByteSequence;

/**
 * A queue item on its way into a queue.
 *
 * @param queue where it goes.
 * @param octets the stored form of the item; shared, not copied.
 * @param properties what people and selectors see: strings, longs and ints.
 */
record OutgoingMessage(String queue, byte[] octets, Map<String, Object> properties) {

    /** Sends it within the session's transaction, without waiting for the broker. */
    void send(Session session, MessageProducer producer) throws JMSException {
        send(session, producer, false);
    }

    /** Sends it within the session's transaction, and waits until the broker has room for it and for all before it. */
    void sendAndWait(Session session, MessageProducer producer) throws JMSException {
        send(session, producer, true);
    }

    private void send(Session session, MessageProducer producer, boolean waiting) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        if (message instanceof ActiveMQBytesMessage activeMq) {
            activeMq.setContent(new ByteSequence(octets));
            activeMq.setResponseRequired(waiting);
        } else {
            message.writeBytes(octets);
        }
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
        producer.send(new ActiveMQQueue(queue), message);
    }
}
