package dev.caravan.http;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.spi.annotations.Component;

/** Camel's component {@code platform-http} on a registry; refuses endpoints that its listener cannot serve. */
@Component("platform-http")
final class RoutedHttpComponent extends PlatformHttpComponent {
    private final RoutedHttpEngine engine;

    /** @param outcomes the response of an exchange that failed, or whose body is a result of this server. */
    RoutedHttpComponent(HttpRegistry registry, Function<Exchange, Optional<HttpResponse>> outcomes) {
        this.engine = new RoutedHttpEngine(registry, outcomes);
        setEngine(engine);
        setHeaderFilterStrategy(new RequestFields());
    }

    /** Checks here, and not when the route starts, so that {@code caravan check} finds mistakes. */
    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        Endpoint endpoint = super.createEndpoint(uri, remaining, parameters);
        if (endpoint instanceof PlatformHttpEndpoint checked) {
            engine.requireServed(checked);
        }
        return endpoint;
    }
}
