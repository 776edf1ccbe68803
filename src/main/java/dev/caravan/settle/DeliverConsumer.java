package dev.caravan.settle;

import dev.caravan.broker.ItemSource;
import dev.caravan.broker.TakenItem;
import dev.caravan.camel.QueueConsumer;
import dev.caravan.exchange.MailExchange;
import dev.caravan.queue.QueueItem;
import java.util.Objects;
import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;

/** Begins an attempt for each message of its queue. */
final class DeliverConsumer extends DefaultConsumer implements QueueConsumer, Suspendable {
    private static final String SETTLE = "direct:settle";

    private final DeliverEndpoint endpoint;
    private final DeliverComponent component;
    private @Nullable AsyncProducer settle;
    private @Nullable ItemSource source;

    DeliverConsumer(DeliverEndpoint endpoint, DeliverComponent component, Processor steps) {
        super(endpoint, steps);
        this.endpoint = endpoint;
        this.component = component;
    }

    DeliverComponent component() {
        return component;
    }

    String queue() {
        return endpoint.queue();
    }

    /** The attempt is in hand now; null if its item could not be read. */
    DeliveriesInHand.@Nullable Hand take(Exchange exchange) {
        QueueItem item = MailExchange.of(exchange).item().orElse(null);
        return item == null ? null : component.inHand().begin(endpoint.transport(), item, exchange);
    }

    /** Whether the steps get the octets of the message as the body. */
    boolean givesMessage() {
        return endpoint.body() == DeliverComponent.Body.MESSAGE;
    }

    /** Sends to the route that settles. */
    AsyncProducer settle() {
        return Objects.requireNonNull(settle);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        settle = endpoint.getCamelContext().getEndpoint(SETTLE).createAsyncProducer();
        ServiceHelper.startService(settle);
        open();
    }

    private void open() {
        source = component.open(endpoint.queue(), endpoint.maxInHand(), this::taken);
        component.sources().opened(endpoint.transport(), source);
    }

    private void taken(TakenItem item) {
        if (!component.begin().pause(item.message()).isZero()) {
            // It comes again in a second.
            item.rollBack();
            return;
        }
        new DeliveryAttempt(this, item).begin();
    }

    private void endSource() {
        if (source != null) {
            component.sources().closing(endpoint.transport(), source);
            source.close();
        }
        source = null;
    }

    @Override
    protected void doSuspend() {
        endSource();
    }

    @Override
    protected void doResume() {
        open();
    }

    /** Attempts end before their steps, and the producer to the route that settles, are stopped. */
    @Override
    protected void doStop() throws Exception {
        endSource();
        ServiceHelper.stopService(settle);
        super.doStop();
    }
}
