package dev.caravan.broker;

import dev.caravan.mail.Content;
import dev.caravan.queue.QueueItem;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.time.Instant;

/**
 * A queue item to be sent. Its stored form is made only then: until that time all items of a message share one content.
 *
 * @param queue where it goes.
 * @param item with its own spool file, if its content is in one.
 * @param now when it was made.
 */
public record ItemMessage(String queue, QueueItem item, Instant now) implements TransactedSend {
    private static final int HEADER = 1024;

    @Override
    public long size() {
        Content content = item.mail().content();
        return HEADER + (content instanceof Content.InMemory ? content.size() : 0);
    }

    @Override
    public void send(Session session, ProducerCache producers) throws JMSException {
        EncodedItemMessage.of(queue, item, now).send(session, producers);
    }
}
