package dev.caravan.broker;

import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueNames;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.time.Instant;
import java.util.Map;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.util.ByteSequence;

/**
 * A queue item to be sent, in its stored form.
 *
 * @param queue where it goes.
 * @param octets the stored form of the item; shared, not copied.
 * @param properties for people and selectors: strings, longs and ints.
 */
public record EncodedItemMessage(String queue, byte[] octets, Map<String, Object> properties)
        implements TransactedSend {

    /** The message that carries an item, which must have its own spool file already. */
    public static EncodedItemMessage of(String queue, QueueItem item, Instant now) {
        QueueItem written = queue.equals(QueueNames.HOLD) ? item : item.released();
        return new EncodedItemMessage(queue, QueueItemFormat.write(written), ItemProperties.of(written, now));
    }

    @Override
    public long size() {
        return octets.length;
    }

    @Override
    public void send(Session session, ProducerCache producers) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        if (message instanceof ActiveMQBytesMessage activeMq) {
            activeMq.setContent(new ByteSequence(octets));
        } else {
            message.writeBytes(octets);
        }
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
        producers.to(queue).send(message);
    }
}
