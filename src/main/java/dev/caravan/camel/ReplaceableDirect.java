package dev.caravan.camel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.component.direct.DirectEndpoint;

/**
 * {@code direct:} endpoints whose route can be replaced while mail goes through it. The newest route gets what comes
 * from now on; when it goes away, the one before is in force again, if it is still there. Whoever calls meanwhile waits
 * for a moment and is never without a route. Unless routes are being replaced, a second route at the same endpoint is
 * refused, as Camel does.
 */
final class ReplaceableDirect extends DirectComponent {
    private final Map<String, Deque<DirectConsumer>> consumers = new HashMap<>();
    private volatile boolean replacing;

    /** @param isReplacing whether a second route at an endpoint takes the place of the first. */
    void replacing(boolean isReplacing) {
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
    }
}
