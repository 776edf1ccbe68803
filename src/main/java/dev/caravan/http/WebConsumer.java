package dev.caravan.http;

import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** Turns a request into an exchange, and what its route leaves into the reply. */
final class WebConsumer extends DefaultConsumer implements HttpListener.Page {
    private final HttpListener server;
    private final Place place;
    private final Function<Exchange, HttpResponse> responses;

    /** Which requests: a path with its slash, and a method. */
    record Place(String path, String method) {}

    /** @param responses makes a response of what a route left on its exchange. */
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
