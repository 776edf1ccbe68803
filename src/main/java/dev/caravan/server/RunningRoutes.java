package dev.caravan.server;

import dev.caravan.camel.QueueConsumer;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.SmtpListeners;
import dev.caravan.reload.RunningServer;
import java.util.List;
import java.util.Properties;
import org.apache.camel.Route;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.main.Main;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.support.service.ServiceHelper;

/** The routes of a server while it runs. */
final class RunningRoutes implements RunningServer {
    private final Main main;
    private final ServerAssembly parts;
    private final SmtpListeners smtp;
    private final boolean ticking;

    /** @param ticking whether timers run. */
    RunningRoutes(Main main, ServerAssembly parts, SmtpListeners smtp, boolean ticking) {
        this.main = main;
        this.parts = parts;
        this.smtp = smtp;
        this.ticking = ticking;
    }

    @Override
    public ModelCamelContext context() {
        return (ModelCamelContext) main.getCamelContext();
    }

    @Override
    public Properties placeholders(Settings settings) {
        return Placeholders.of(settings, ticking, smtp);
    }

    @Override
    public void reconfigure(Settings settings) {
        parts.reconfigure(settings);
    }

    /** Whether there are SMTP listeners, and each that starts with the server accepts connections. */
    boolean listens() {
        List<Route> listeners = receiving();
        return listeners.stream().anyMatch(RunningRoutes::isStarted)
                && listeners.stream().allMatch(route -> isStarted(route) || !route.isAutoStartup());
    }

    private static boolean isStarted(Route route) {
        return route.getConsumer() instanceof NettyConsumer consumer && consumer.isStarted();
    }

    /** The routes that listen for SMTP clients. */
    private List<Route> receiving() {
        return context().getRoutes().stream()
                .filter(route -> route.getConsumer() instanceof NettyConsumer)
                .toList();
    }

    /**
     * Takes no more messages from queues; attempts that have begun go on. Camel by itself would stop the routes that
     * settle while a listener accepts a last message, which would be delivered and not settled.
     *
     * @return threads that end when no attempt is left.
     */
    List<Thread> stopDeliveries() {
        return context().getRoutes().stream()
                .filter(route -> QueueConsumer.is(route.getConsumer()))
                .map(route ->
                        Threads.start("stop-" + route.getId(), () -> ServiceHelper.stopService(route.getConsumer())))
                .toList();
    }
}
