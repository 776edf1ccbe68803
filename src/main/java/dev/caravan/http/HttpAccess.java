package dev.caravan.http;

import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;

/** The step {@code httpAccess}: refuses a request of a route whose client may not submit. */
public final class HttpAccess implements Processor {
    private final Authenticator authenticator;

    public HttpAccess(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public void process(Exchange exchange) throws InvalidPayloadException, IOException {
        HttpRequest request = exchange.getMessage().getMandatoryBody(HttpRequest.class);
        if (!authenticator.roles(request).contains(HttpRole.SUBMIT)) {
            exchange.getMessage().setBody(authenticator.refusal(request));
            exchange.setRouteStop(true);
        }
    }
}
