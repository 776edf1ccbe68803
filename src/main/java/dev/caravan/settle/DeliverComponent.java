package dev.caravan.settle;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ItemSource;
import dev.caravan.lifecycle.ShutdownState;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultComponent;

/**
 * The {@code deliver:NAME} endpoints, from which routes deliver the messages of {@code mail.deliver.NAME}. The steps of
 * such a route are one attempt; what they leave on the exchange is its result:
 *
 * <ul>
 *   <li>a {@link dev.caravan.delivery.DeliveryReport} as the body is the result itself;
 *   <li>the response of an HTTP server is evaluated by its status code, and by what its body says about single recipients;
 *   <li>an exception defers all recipients, or fails them if it is an HTTP response with such a status code;
 *   <li>anything else means delivered.
 * </ul>
 *
 * <p>The result is settled by {@code direct:settle} in the transaction that takes the message from its queue. A step
 * may be asynchronous, and end on any thread.
 */
public final class DeliverComponent extends DefaultComponent {
    private static final String CONCURRENCY = "concurrency";
    private static final int DEFAULT_CONCURRENCY = 4;
    private static final int MAX_CONCURRENCY = 10_000;
    private static final String BODY = "body";

    private final BrokerConnections connections;
    private final ShutdownState shutdown;
    private final ReadQueueItem begin;
    private final AttemptResult result;
    private final Processor message;
    private final DeliveriesInHand inHand;

    /**
     * @param begin reads the item of a message.
     * @param result makes reports of what steps leave.
     * @param message makes of an item what an endpoint can take: octets and headers.
     * @param inHand knows all attempts.
     */
    public DeliverComponent(
            BrokerConnections connections,
            ShutdownState shutdown,
            ReadQueueItem begin,
            AttemptResult result,
            Processor message,
            DeliveriesInHand inHand) {
        this.inHand = inHand;
        this.connections = connections;
        this.shutdown = shutdown;
        this.begin = begin;
        this.result = result;
        this.message = message;
    }

    /** The body of the exchange at the first step. */
    enum Body {
        /** The octets of the message, with the headers of {@code mailBody}. */
        MESSAGE,
        /** The item without headers, for steps that read nothing else. */
        ITEM
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        int concurrency = getAndRemoveParameter(parameters, CONCURRENCY, Integer.class, DEFAULT_CONCURRENCY);
        if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
            throw new IllegalArgumentException(
                    uri + ": concurrency is " + concurrency + " (expected: 1 to " + MAX_CONCURRENCY + ")");
        }
        return new DeliverEndpoint(
                uri, this, remaining, concurrency, getAndRemoveParameter(parameters, BODY, Body.class, Body.MESSAGE));
    }

    ItemSource open(String queue, int limit, ItemSource.Handler handler) {
        return ItemSource.open(connections, queue, limit, shutdown, handler);
    }

    ReadQueueItem begin() {
        return begin;
    }

    DeliveriesInHand inHand() {
        return inHand;
    }

    AttemptResult result() {
        return result;
    }

    Processor message() {
        return message;
    }
}
