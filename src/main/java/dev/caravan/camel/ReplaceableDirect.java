package dev.caravan.camel;

import dev.caravan.exchange.MailExchange;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Processor;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.component.direct.DirectEndpoint;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * {@code direct:} endpoints whose route can be replaced while mail goes through it. The newest route gets new
 * exchanges; when it is removed, the one before is active again, if it still exists. A caller waits for a moment
 * meanwhile and is never without a route. Unless routes are being replaced, a second route at the same endpoint is
 * refused, as in Camel.
 *
 * <p>At the endpoints of the operator's rules, a {@code stop} ends these rules and not the calling route, unless a rule
 * has answered.
 */
public final class ReplaceableDirect extends DirectComponent {
    /** The endpoints of the operator's rules. */
    private static final Set<String> RULES = Set.of(
            "direct://check-connection",
            "direct://check-sender",
            "direct://check-recipient",
            "direct://check-mail",
            "direct://destinations");

    private final Map<String, Deque<DirectConsumer>> consumers = new HashMap<>();
    private volatile boolean replacing;

    /** @param isReplacing whether a second route at an endpoint replaces the first. */
    public void replacing(boolean isReplacing) {
        replacing = isReplacing;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        ReplaceableEndpoint endpoint = new ReplaceableEndpoint(uri, this);
        endpoint.setBlock(isBlock());
        endpoint.setTimeout(getTimeout());
        setProperties(endpoint, parameters);
        return endpoint;
    }

    @Override
    public synchronized void addConsumer(String key, DirectConsumer consumer) {
        Deque<DirectConsumer> known = consumers.computeIfAbsent(key, any -> new ArrayDeque<>());
        if (replacing && !known.isEmpty()) {
            super.removeConsumer(key, known.peek());
        }
        super.addConsumer(key, consumer);
        known.push(consumer);
    }

    @Override
    public synchronized void removeConsumer(String key, DirectConsumer consumer) {
        Deque<DirectConsumer> known = consumers.computeIfAbsent(key, any -> new ArrayDeque<>());
        boolean wasInForce = known.peek() == consumer;
        known.remove(consumer);
        super.removeConsumer(key, consumer);
        if (wasInForce && !known.isEmpty()) {
            super.addConsumer(key, known.peek());
        }
    }

    /** Lets Camel start a route beside the one that it replaces. */
    private static final class ReplaceableEndpoint extends DirectEndpoint implements MultipleConsumersSupport {
        private final ReplaceableDirect component;

        ReplaceableEndpoint(String uri, ReplaceableDirect component) {
            super(uri, component);
            this.component = component;
        }

        @Override
        public boolean isMultipleConsumersSupported() {
            return component.replacing;
        }

        @Override
        public Consumer createConsumer(Processor steps) throws Exception {
            return super.createConsumer(
                    RULES.contains(getEndpointUri().replaceFirst("\\?.*", "")) ? new Rules(steps) : steps);
        }
    }

    /** Steps of the operator's, after which the calling route goes on. */
    private static final class Rules extends DelegateAsyncProcessor {
        Rules(Processor steps) {
            super(steps);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return super.process(exchange, doneSync -> {
                if (!MailExchange.of(exchange).isFinal()) {
                    exchange.setRouteStop(false);
                }
                callback.done(doneSync);
            });
        }
    }
}
