package dev.caravan.settle;

import dev.caravan.queue.NextHop;
import dev.caravan.queue.QueueNames;
import org.apache.camel.Consumer;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;

/** A transport: its queue, and how its messages are passed to the steps. */
final class DeliverEndpoint extends DefaultEndpoint implements MultipleConsumersSupport {
    private final DeliverComponent component;
    private final String transport;
    private final String queue;
    private final int maxInHand;
    private final DeliverComponent.Body body;

    DeliverEndpoint(
            String uri, DeliverComponent component, String transport, int maxInHand, DeliverComponent.Body body) {
        super(uri, component);
        this.transport = transport;
        this.component = component;
        this.queue = QueueNames.deliver(new NextHop(transport, ""));
        this.maxInHand = maxInHand;
        this.body = body;
    }

    /** NAME of {@code deliver:NAME}. */
    String transport() {
        return transport;
    }

    String queue() {
        return queue;
    }

    int maxInHand() {
        return maxInHand;
    }

    DeliverComponent.Body body() {
        return body;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        DeliverConsumer consumer = new DeliverConsumer(this, component, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                getEndpointUri() + ": routes begin here, and messages come by the bean destination"
                        + " (expected: \"from\" in the place of \"to\")");
    }

    /** A replaced route and its successor consume the messages of one queue at the same time for a while. */
    @Override
    public boolean isMultipleConsumersSupported() {
        return true;
    }
}
