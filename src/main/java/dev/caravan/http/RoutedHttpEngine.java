package dev.caravan.http;

import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
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

    /** @param outcomes the response of an exchange that failed, or whose body is a result of this server. */
    RoutedHttpEngine(HttpRegistry registry, Function<Exchange, Optional<HttpResponse>> outcomes) {
        this.registry = registry;
        this.outcomes = outcomes;
    }

    @Override
    public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
        return new RoutedHttpConsumer(endpoint, processor, registry, requireServed(endpoint), outcomes);
    }

    /**
     * The paths of an endpoint.
     *
     * @throws IllegalArgumentException if it has an option that the listener does not have, or a path that it cannot serve.
     */
    HttpPath requireServed(PlatformHttpEndpoint endpoint) {
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
        return path;
    }

    private static void refuse(String option, boolean isGiven) {
        if (isGiven) {
            throw new IllegalArgumentException("platform-http: this server has no " + option);
        }
    }
}
