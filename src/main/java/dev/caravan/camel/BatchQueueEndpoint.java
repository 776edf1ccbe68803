package dev.caravan.camel;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.MessageBatch;
import dev.caravan.lifecycle.ShutdownState;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.jms.JmsEndpoint;
import org.apache.camel.support.DefaultEndpoint;

/**
 * A queue of {@code mailqueue:} that is consumed in transactions of several messages: the option
 * {@code messagesPerCommit}.
 */
final class BatchQueueEndpoint extends DefaultEndpoint implements MultipleConsumersSupport {
    private final JmsEndpoint queue;
    private final BrokerConnections connections;
    private final ShutdownState shutdown;
    private final MessageBatch.Limits limits;

    /** @param queue the same queue, as camel-jms sees it. */
    BatchQueueEndpoint(
            String uri,
            Component component,
            JmsEndpoint queue,
            MessageBatch.Limits limits,
            BrokerConnections connections,
            ShutdownState shutdown) {
        super(uri, component);
        this.queue = queue;
        this.limits = limits;
        this.connections = connections;
        this.shutdown = shutdown;
    }

    JmsEndpoint queue() {
        return queue;
    }

    MessageBatch batch(MessageBatch.Handler handler) {
        return new MessageBatch(connections, queue.getDestinationName(), limits, shutdown, handler);
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        BatchQueueConsumer consumer = new BatchQueueConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                getEndpointUri() + ": messagesPerCommit is for a queue that is consumed (expected: no such option)");
    }

    /** A replaced route and its successor consume the messages of one queue at the same time for a while. */
    @Override
    public boolean isMultipleConsumersSupported() {
        return true;
    }
}
