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
    private static final String MAX_IN_HAND = "maxInHand";
    /** The name of {@link #MAX_IN_HAND} in earlier releases. */
    private static final String CONCURRENCY = "concurrency";

    private static final int DEFAULT_IN_HAND = 4;
    private static final int MOST_IN_HAND = 100_000;
    private static final String BODY = "body";

    private final BrokerConnections connections;
    private final ShutdownState shutdown;
    private final ReadQueueItem begin;
    private final AttemptResult result;
    private final Processor message;
    private final DeliveriesInHand inHand;
    private final long octetsInHand;
    private final SourceListener sources;

    /**
     * @param begin reads the item of a message.
     * @param result makes reports of what steps leave.
     * @param message makes of an item what an endpoint can take: octets and headers.
     * @param inHand knows all attempts.
     * @param octetsInHand the limit of the messages in hand of each transport, as they are in its queue.
     * @param sources is told which transports this server serves.
     */
    public DeliverComponent(
            BrokerConnections connections,
            ShutdownState shutdown,
            ReadQueueItem begin,
            AttemptResult result,
            Processor message,
            DeliveriesInHand inHand,
            long octetsInHand,
            SourceListener sources) {
        this.octetsInHand = octetsInHand;
        this.sources = sources;
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
        int former = getAndRemoveParameter(parameters, CONCURRENCY, Integer.class, DEFAULT_IN_HAND);
        int inHandAtOnce = getAndRemoveParameter(parameters, MAX_IN_HAND, Integer.class, former);
        if (inHandAtOnce < 1 || inHandAtOnce > MOST_IN_HAND) {
            throw new IllegalArgumentException(
                    uri + ": " + MAX_IN_HAND + " is " + inHandAtOnce + " (expected: 1 to " + MOST_IN_HAND + ")");
        }
        return new DeliverEndpoint(
                uri, this, remaining, inHandAtOnce, getAndRemoveParameter(parameters, BODY, Body.class, Body.MESSAGE));
    }

    ItemSource open(String queue, int limit, ItemSource.Handler handler) {
        return ItemSource.open(connections, queue, new ItemSource.Limits(limit, octetsInHand), shutdown, handler);
    }

    SourceListener sources() {
        return sources;
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
