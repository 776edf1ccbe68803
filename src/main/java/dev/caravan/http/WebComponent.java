package dev.caravan.http;

import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * {@code method} selects the request method, default GET; {@code role} says which clients are served: {@code public}, the
 * default, {@code monitor} or {@code submit}.
 */
public final class WebComponent extends DefaultComponent {
    private static final Set<HttpRole> ROLES = EnumSet.of(HttpRole.PUBLIC, HttpRole.MONITOR, HttpRole.SUBMIT);

    private final HttpRegistry registry;
    private final Function<Exchange, Optional<HttpResponse>> outcomes;

    /** @param outcomes the response of an exchange that failed, or whose body is a result of this server. */
    public WebComponent(HttpRegistry registry, Function<Exchange, Optional<HttpResponse>> outcomes) {
        this.registry = registry;
        this.outcomes = outcomes;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        String method = getAndRemoveParameter(parameters, "method", String.class, "GET");
        HttpRole role = role(getAndRemoveParameter(parameters, "role", String.class, "public"));
        HttpPath path = HttpPath.of(remaining);
        registry.requireFree(path);
        return new WebEndpoint(uri, this, new WebConsumer.Place(path, method, role));
    }

    private static HttpRole role(String word) {
        return ROLES.stream()
                .filter(role -> role.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("role " + word + " (expected: public, monitor or submit)"));
    }

    private final class WebEndpoint extends DefaultEndpoint {
        private final WebConsumer.Place place;

        WebEndpoint(String uri, Component component, WebConsumer.Place place) {
            super(uri, component);
            this.place = place;
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new WebConsumer(this, processor, registry, place, outcomes);
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException("web: answers requests and sends none (expected: from)");
        }
    }
}
