package dev.caravan.receive;

import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.SmtpListeners;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.Endpoint;
import org.apache.camel.component.netty.NettyComponent;
import org.apache.camel.spi.annotations.Component;

/**
 * The {@code netty:} endpoints. Endpoints for SMTP clients get their options from here, so that a route names only the
 * address; options that a route sets itself stay. Camel finds the options by the name of this class.
 */
@Component("netty")
public final class SmtpListenerComponent extends NettyComponent {
    private static final String INITIALIZER = "serverInitializerFactory";
    private static final String SMTP_SERVER = "#smtpServer";
    private static final int BACKLOG = 1024;

    private final SmtpListeners listeners;

    /** @param listeners the addresses at which SMTP clients connect. */
    public SmtpListenerComponent(SmtpListeners listeners) {
        this.listeners = listeners;
    }

    /** Whether the URI of a route names an address for SMTP clients. */
    public static boolean isSmtp(String uri) {
        return uri.startsWith("netty:")
                && (uri.contains(SMTP_SERVER)
                        || Stream.of(ListenerKind.values())
                                .map(ListenerKind::placeholder)
                                .anyMatch(uri::contains));
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        String address = remaining.replaceFirst("^tcp:(//)?", "");
        boolean isListener = listeners.all().stream()
                .anyMatch(listener -> listener.address().toString().equals(address));
        if (isListener || SMTP_SERVER.equals(parameters.get(INITIALIZER))) {
            parameters.putIfAbsent(INITIALIZER, SMTP_SERVER);
            parameters.putIfAbsent("bossGroup", "#smtpWorkers");
            parameters.putIfAbsent("workerGroup", "#smtpWorkers");
            parameters.putIfAbsent("nativeTransport", EventLoops.isNative());
            // Each step decides on which thread it runs (StepThreads).
            parameters.putIfAbsent("usingExecutorService", false);
            parameters.putIfAbsent("backlog", BACKLOG);
            parameters.putIfAbsent("sync", true);
        }
        return super.createEndpoint(uri, remaining, parameters);
    }
}
