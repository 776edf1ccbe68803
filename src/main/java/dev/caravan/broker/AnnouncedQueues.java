package dev.caravan.broker;

import jakarta.jms.JMSException;
import java.util.Set;
import java.util.TreeSet;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;

/** The queues that a broker announces, as ActiveMQ Classic does, over a connection of its own. */
public final class AnnouncedQueues implements AutoCloseable {
    private final ActiveMQConnection connection;

    private AnnouncedQueues(ActiveMQConnection connection) {
        this.connection = connection;
    }

    /** Connects. */
    public static AnnouncedQueues open(BrokerConnections connections) throws JMSException {
        return new AnnouncedQueues(connections.openForWatching());
    }

    /** The names announced so far; in the first moments after {@link #open} not all of them. */
    public Set<String> names() throws JMSException {
        Set<String> names = new TreeSet<>();
        for (ActiveMQQueue queue : connection.getDestinationSource().getQueues()) {
            names.add(queue.getPhysicalName());
        }
        return names;
    }

    /** Whether the broker announces its queues, so that a queue without a name here does not exist. */
    public boolean areAll() {
        return BrokerConnections.announcesQueues(connection);
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }
}
