package dev.caravan.http;

import java.util.Map;
import java.util.function.Function;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;

/**
 * The {@code web:PATH} endpoints: consumers of the requests for a path on {@code http.listen}. The option
 * {@code method} selects the request method; default GET.
 */
public final class WebComponent extends DefaultComponent {
    private final HttpListener server;
    private final Function<Exchange, HttpResponse> responses;

    /** @param responses makes the response from the exchange that a route has completed. */
    public WebComponent(HttpListener server, Function<Exchange, HttpResponse> responses) {
        this.server = server;
        this.responses = responses;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        String method = getAndRemoveParameter(parameters, "method", String.class, "GET");
        String path = "/" + remaining.replaceFirst("^/+", "");
        if (HttpListener.isOwn(path)) {
            throw new IllegalArgumentException(path + " is answered by the server itself (expected: another path)");
        }
        return new WebEndpoint(uri, this, path, method);
    }

    private final class WebEndpoint extends DefaultEndpoint {
        private final String path;
        private final String method;

        WebEndpoint(String uri, Component component, String path, String method) {
            super(uri, component);
            this.path = path;
            this.method = method;
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new WebConsumer(this, processor, server, new WebConsumer.Place(path, method), responses);
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException("web: answers requests and sends none (expected: from)");
        }
    }
}
