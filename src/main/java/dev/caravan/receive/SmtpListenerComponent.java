package dev.caravan.receive;

import dev.caravan.net.EventLoops;
import dev.caravan.net.SmtpListeners;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.netty.NettyComponent;
import org.apache.camel.spi.annotations.Component;

/**
 * The {@code netty:} endpoints. Those at which SMTP clients connect get what they need to be fast, and correct, from here,
 * so that a route names the address only; what a route says itself stays as it is. By its name Camel finds the options.
 */
@Component("netty")
public final class SmtpListenerComponent extends NettyComponent {
    private static final String INITIALIZER = "serverInitializerFactory";
    private static final String SMTP_SERVER = "#smtpServer";
    private static final String LISTEN = "{{smtp.listen}}";
    private static final int BACKLOG = 1024;

    private final SmtpListeners listeners;

    /** @param listeners where SMTP clients connect. */
    public SmtpListenerComponent(SmtpListeners listeners) {
        this.listeners = listeners;
    }

    /** Whether SMTP clients connect there, by what a route says. */
    public static boolean isSmtp(String uri) {
        return uri.startsWith("netty:") && (uri.contains(LISTEN) || uri.contains(SMTP_SERVER));
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
            // The session decides on which thread the route runs (RouteExecutor).
            parameters.putIfAbsent("usingExecutorService", false);
            parameters.putIfAbsent("backlog", BACKLOG);
            parameters.putIfAbsent("sync", true);
        }
        return super.createEndpoint(uri, remaining, parameters);
    }
}
