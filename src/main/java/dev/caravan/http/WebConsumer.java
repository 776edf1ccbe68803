package dev.caravan.http;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns each request into an exchange, and the completed exchange into the response. */
final class WebConsumer extends DefaultConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(WebConsumer.class);

    private final HttpRegistry registry;
    private final HttpResource resource;
    private final Function<Exchange, Optional<HttpResponse>> outcomes;

    /** The requests of an endpoint: a path, a method, and the role that their clients need. */
    record Place(HttpPath path, String method, HttpRole role) {}

    /** @param outcomes the response of an exchange that failed, or whose body is a result of this server. */
    WebConsumer(
            Endpoint endpoint,
            Processor processor,
            HttpRegistry registry,
            Place place,
            Function<Exchange, Optional<HttpResponse>> outcomes) {
        super(endpoint, processor);
        this.registry = registry;
        this.resource = new HttpResource(place.path(), Set.of(place.method()), place.role(), false, this::answer);
        this.outcomes = outcomes;
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
        return outcomes.apply(exchange).orElseGet(() -> {
            LOG.error("route {} ended without an answer", exchange.getFromRouteId());
            return HttpResponse.later(HttpResponse.TROUBLE);
        });
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
