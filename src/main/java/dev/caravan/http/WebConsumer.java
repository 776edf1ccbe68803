package dev.caravan.http;

import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** Turns each request into an exchange, and the completed exchange into the response. */
final class WebConsumer extends DefaultConsumer implements HttpListener.Page {
    private final HttpListener server;
    private final Place place;
    private final Function<Exchange, HttpResponse> responses;

    /** The requests of an endpoint: a path with its leading slash, and a method. */
    record Place(String path, String method) {}

    /** @param responses makes the response from the exchange that a route has completed. */
    WebConsumer(
            Endpoint endpoint,
            Processor processor,
            HttpListener server,
            Place place,
            Function<Exchange, HttpResponse> responses) {
        super(endpoint, processor);
        this.server = server;
        this.place = place;
        this.responses = responses;
    }

    @Override
    public String method() {
        return place.method();
    }

    @Override
    public HttpResponse reply(HttpRequest request) {
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
        server.add(place.path(), this);
    }

    @Override
    protected void doStop() throws Exception {
        server.remove(place.path(), this);
        super.doStop();
    }
}
