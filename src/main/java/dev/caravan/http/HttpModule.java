package dev.caravan.http;

import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.ShutdownState;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;

/** The listener of {@code http.listen}, what it serves, and the endpoints by which routes take requests. */
public final class HttpModule implements ServerModule {
    private final HttpRegistry registry;
    private final HttpListener listener;
    private final Map<String, Object> beans;

    /**
     * Makes the listener; it does not listen yet.
     *
     * @param maxConnections as many as the system allows.
     * @param requestSize the size in octets of the largest body.
     * @param folder for bodies that are too large for memory.
     * @param whenAnswered receives the status of each response, except those of the server's own pages.
     * @param outcomes the response that a completed exchange stands for, if it failed or its body is a result of this
     *     server, such as a stored message.
     * @throws IllegalArgumentException if the file of tokens cannot be read.
     */
    public HttpModule(
            ServerHome home,
            Settings settings,
            HttpEngine engine,
            int maxConnections,
            LongSupplier requestSize,
            Path folder,
            ShutdownState stopping,
            IntConsumer whenAnswered,
            Function<Exchange, Optional<HttpResponse>> outcomes) {
        Authenticator authenticator = HttpSettings.authenticator(home, settings);
        this.registry = new HttpRegistry(authenticator);
        this.listener = new HttpListener(
                engine,
                "http",
                registry,
                HttpSettings.limits(settings, maxConnections, requestSize, folder),
                stopping,
                whenAnswered);
        this.beans = Map.of(
                "httpAccess", new HttpAccess(authenticator),
                "web", new WebComponent(registry, outcomes),
                "platform-http", new RoutedHttpComponent(registry, outcomes));
    }

    public HttpRegistry registry() {
        return registry;
    }

    public HttpListener listener() {
        return listener;
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
