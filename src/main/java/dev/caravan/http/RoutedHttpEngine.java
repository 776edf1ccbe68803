package dev.caravan.http;

import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;

/**
 * Serves {@code platform-http:} and {@code rest:} of Camel on {@code http.listen}, for clients that may submit. Options that
 * the listener has no use for are refused, so that nobody relies on them.
 */
final class RoutedHttpEngine implements PlatformHttpEngine {
    private final HttpRegistry registry;
    private final Function<Exchange, Optional<HttpResponse>> outcomes;

    private RoutedHttpEngine(HttpRegistry registry, Function<Exchange, Optional<HttpResponse>> outcomes) {
        this.registry = registry;
        this.outcomes = outcomes;
    }

    /** Camel's component {@code platform-http}, on a registry. */
    static PlatformHttpComponent component(HttpRegistry registry, Function<Exchange, Optional<HttpResponse>> outcomes) {
        PlatformHttpComponent component = new PlatformHttpComponent();
        component.setEngine(new RoutedHttpEngine(registry, outcomes));
        component.setHeaderFilterStrategy(new RequestFields());
        return component;
    }

    @Override
    public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
        refuse("a path that begins with proxy", endpoint.isHttpProxy());
        refuse(
                "* in the path, instead of matchOnUriPrefix=true",
                endpoint.getPath().contains("*"));
        refuse("useStreaming", endpoint.isUseStreaming());
        refuse("useCookieHandler", endpoint.isUseCookieHandler());
        refuse("muteException=false", !endpoint.isMuteException());
        refuse("fileNameExtWhitelist", endpoint.getFileNameExtWhitelist() != null);
        refuse("handleWriteResponseError", endpoint.isHandleWriteResponseError());
        refuse("useBodyHandler=false", !endpoint.isUseBodyHandler());
        refuse("requestTimeout", endpoint.getRequestTimeout() != 0);
        HttpPath path = new HttpPath(endpoint.getPath(), endpoint.isMatchOnUriPrefix());
        registry.requireFree(path);
        return new RoutedHttpConsumer(endpoint, processor, registry, path, outcomes);
    }

    private static void refuse(String option, boolean isGiven) {
        if (isGiven) {
            throw new IllegalArgumentException("platform-http: this server has no " + option);
        }
    }
}
