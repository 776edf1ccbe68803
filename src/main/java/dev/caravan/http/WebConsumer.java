package dev.caravan.http;

import java.util.Set;
import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** Turns each request into an exchange, and the completed exchange into the response. */
final class WebConsumer extends DefaultConsumer {
    private final HttpRegistry registry;
    private final HttpResource resource;
    private final Function<Exchange, HttpResponse> responses;

    /** The requests of an endpoint: a path, a method, and the role that their clients need. */
    record Place(HttpPath path, String method, HttpRole role) {}

    /** @param responses makes the response from the exchange that a route has completed. */
    WebConsumer(
            Endpoint endpoint,
            Processor processor,
            HttpRegistry registry,
            Place place,
            Function<Exchange, HttpResponse> responses) {
        super(endpoint, processor);
        this.registry = registry;
        this.resource = new HttpResource(place.path(), Set.of(place.method()), place.role(), false, this::answer);
        this.responses = responses;
    }

    private HttpResponse answer(HttpRequest request) {
        Exchange exchange = createExchange(false);
        exchange.getIn().setBody(request);
        exchange.getIn().setHeader("remoteAddress", request.remote().getHostAddress());
        try {
            getProcessor().process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        return responses.apply(exchange);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        registry.add(resource);
    }

    @Override
    protected void doStop() throws Exception {
        registry.remove(resource);
        super.doStop();
    }
}
