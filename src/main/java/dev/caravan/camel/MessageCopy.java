package dev.caravan.camel;

import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Collections;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQMessage;

/** Copies of messages: one that was received is acknowledged by its own object, so that another must be sent. */
final class MessageCopy {
    /** Far above every item with inline content: what is larger was put there by somebody else. */
    private static final int MAX_OCTETS = 64 << 20;

    private MessageCopy() {}

    /** A new message with the body and the properties of one that we or others made of an item. */
    static BytesMessage of(Session session, BytesMessage message, byte[] octets) throws JMSException {
        BytesMessage copy = session.createBytesMessage();
        copy.writeBytes(octets);
        for (Object name : Collections.list(message.getPropertyNames())) {
            String key = name.toString();
            if (isOurs(key)) {
                copy.setObjectProperty(key, message.getObjectProperty(key));
            }
        }
        return copy;
    }

    /** A message of whatever kind and size as it is, but for its expiry: nothing that is kept for people vanishes. */
    static Message whole(Message message) {
        if (!(message instanceof ActiveMQMessage activeMq)) {
            throw new AssertionError("a message of another client: " + message.getClass());
        }
        ActiveMQMessage copy = (ActiveMQMessage) activeMq.copy();
        copy.setReadOnlyProperties(false);
        copy.setReadOnlyBody(false);
        copy.setExpiration(0);
        copy.setTransactionId(null);
        copy.setRegionDestination(null);
        copy.setMemoryUsage(null);
        copy.setRedeliveryCounter(0);
        return copy;
    }

    // What the broker or its plugins noted (JMSX..., AMQ_..., dlq...) was about the old message.
    private static boolean isOurs(String key) {
        return !key.startsWith("JMS") && !key.startsWith("AMQ_") && !key.startsWith("dlq");
    }

    /** The body of a message; empty if it is no bytes message or too large to be an item. */
    static Optional<byte[]> octets(Message message) throws JMSException {
        if (!(message instanceof BytesMessage bytes) || bytes.getBodyLength() > MAX_OCTETS) {
            return Optional.empty();
        }
        byte[] octets = new byte[(int) bytes.getBodyLength()];
        bytes.reset();
        bytes.readBytes(octets);
        return Optional.of(octets);
    }
}
