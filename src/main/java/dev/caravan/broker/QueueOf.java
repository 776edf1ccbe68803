package dev.caravan.broker;

import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQQueue;

/** The names of the queues that the header of a message refers to. */
public final class QueueOf {
    private QueueOf() {}

    /**
     * The queue in which a message is or was.
     *
     * @return empty for a topic or a temporary queue.
     */
    public static Optional<String> message(Message message) throws JMSException {
        return name(message.getJMSDestination());
    }

    /**
     * The queue that a message names for replies.
     *
     * @return empty if it names none, or a topic, a temporary queue, or several queues at once.
     */
    public static Optional<String> replies(Message message) throws JMSException {
        return message.getJMSReplyTo() instanceof ActiveMQQueue queue && !queue.isComposite()
                ? Optional.of(queue.getPhysicalName())
                : Optional.empty();
    }

    private static Optional<String> name(Destination destination) {
        return destination instanceof ActiveMQQueue queue ? Optional.of(queue.getPhysicalName()) : Optional.empty();
    }
}
