package dev.caravan.camel;

import dev.caravan.dns.MailDns;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.component.jms.JmsConsumer;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running server: broker, routes and all they need. */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    /** How long a clean stop waits for what is in hand. */
    private static final Duration STOP = Duration.ofSeconds(20);
    /** How long what was cut off may take to end. */
    private static final Duration GOODBYE = Duration.ofSeconds(3);

    private final Optional<EmbeddedBroker> broker;
    private final Parts parts;
    private final Main main;
    private final Address smtp;
    private final Duration stopLimit;
    private Optional<Address> http = Optional.empty();
    private boolean closed;

    private Node(Optional<EmbeddedBroker> broker, Parts parts, Main main, Running running) {
        this.broker = broker;
        this.parts = parts;
        this.main = main;
        this.smtp = running.smtp;
        this.stopLimit = running.stopLimit;
    }

    private record Running(Address smtp, Duration stopLimit) {}

    /**
     * What a caller decides beyond the settings.
     *
     * @param clock of everything that waits or expires.
     * @param ticking whether timers run; a test calls the mover itself.
     * @param dns who is asked; empty for the servers of the settings.
     * @param whenBroken runs if the embedded broker stops by itself.
     */
    public record Frame(Clock clock, boolean ticking, Optional<MailDns> dns, Runnable whenBroken) {}

    /**
     * Starts a server; when this returns, it serves.
     *
     * @throws Exception if a setting, a route or the broker's configuration is unusable, or a port is taken.
     */
    public static Node start(Home home, Settings settings, Frame frame) throws Exception {
        return start(home, settings, frame, STOP);
    }

    /** As the other one, with another time limit for a clean stop. */
    static Node start(Home home, Settings settings, Frame frame, Duration stopLimit) throws Exception {
        settings.unserved().forEach(key -> LOG.warn("{}: this version serves smtp.listen and http.listen only", key));
        if (home.lacks(settings.text(Setting.USERS))) {
            LOG.warn("{} has no file of users: mail for its local domains is refused", home.folder());
        }
        settings.optional(Setting.BROKER_URL)
                .ifPresent(url -> LOG.info(
                        "broker {}; all servers that use it must have these folders in common: {}, {}",
                        url,
                        home.mail().resolve(settings.text(Setting.SPOOL)),
                        home.mail().resolve(settings.text(Setting.MAILDIRS))));
        Address smtp = settings.address(Setting.LISTEN).withFreePort();
        Optional<EmbeddedBroker> broker = Optional.empty();
        if (settings.optional(Setting.BROKER_URL).isEmpty()) {
            broker = Optional.of(
                    EmbeddedBroker.start(home, settings, settings.text(Setting.BROKER_LISTEN), frame.whenBroken()));
        }
        Parts parts = null;
        try {
            parts = new Parts(home, settings, frame, new Parts.Place(broker, smtp));
            Main main = camel(home, settings, frame, smtp);
            parts.beans().forEach(main::bind);
            Node node = new Node(broker, parts, main, new Running(smtp, stopLimit));
            Optional<Address> http = settings.listener(Setting.HTTP_LISTEN);
            if (http.isPresent()) {
                node.http = Optional.of(parts.web().bind(http.get()));
            }
            main.start();
            parts.web().serve();
            parts.routeThreads().adapt(QuickRoutes.isQuick(main.getCamelContext(), "receive-smtp"));
            return node;
        } catch (Exception e) {
            if (parts != null) {
                parts.close();
            }
            broker.ifPresent(EmbeddedBroker::close);
            throw explained(e, smtp, settings.text(Setting.HTTP_LISTEN));
        }
    }

    /** A port that cannot be had is the one mistake that shows only now; its own words name system calls. */
    private static Exception explained(Exception thrown, Address smtp, String http) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof IOException && (cause instanceof BindException || message.startsWith("bind"))) {
                String reason = message.substring(message.lastIndexOf(": ") + 1).strip();
                // Camel wraps what its listener says.
                boolean isHttp = cause == thrown;
                return new IOException("cannot listen at "
                        + (isHttp ? http + ", which is http" : smtp + ", which is smtp") + ".listen: " + reason);
            }
        }
        return thrown;
    }

    private static Main camel(Home home, Settings settings, Frame frame, Address smtp) {
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation("false");
        // Signals are caught by the program, which stops the parts in the right order.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        main.configure()
                .withName("caravan")
                .withRoutesIncludePattern(routes(home))
                .withShutdownTimeout((int) GOODBYE.toSeconds())
                .withShutdownLogInflightExchangesOnTimeout(false);
        main.setOverrideProperties(placeholders(settings, frame.ticking(), smtp));
        return main;
    }

    private static String routes(Home home) {
        return RouteFiles.folders(home.routes()).stream()
                .map(folder -> "file:" + folder + "/*.camel.yaml")
                .collect(Collectors.joining(","));
    }

    /** What routes may name in double braces: all settings, and what follows from them. */
    static Properties placeholders(Settings settings, boolean ticking, Address smtp) {
        Properties properties = new Properties();
        properties.putAll(settings.all());
        // No body of ours is a stream that could be read twice.
        properties.setProperty("camel.main.stream-caching-enabled", "false");
        properties.setProperty(Setting.LISTEN.key(), smtp.toString());
        properties.setProperty("caravan.native-transport", Boolean.toString(Parts.isNative()));
        properties.setProperty("caravan.deliver", Boolean.toString(!settings.flag(Setting.PAUSED)));
        properties.setProperty(
                "caravan.pickup",
                Boolean.toString(
                        ticking && settings.optional(Setting.PICKUP_FOLDER).isPresent()));
        properties.setProperty("caravan.tick", Boolean.toString(ticking));
        return properties;
    }

    /** How many SMTP clients are connected now. */
    public int sessions() {
        return parts.registry().open();
    }

    /** Where SMTP clients connect. */
    public InetSocketAddress smtpAddress() {
        return smtp.socketAddress();
    }

    /** {@code HOST:PORT} of the SMTP listener. */
    public String smtp() {
        return smtp.toString();
    }

    /** {@code HOST:PORT} of the HTTP listener, if there is one. */
    public Optional<String> http() {
        return http.map(Address::toString);
    }

    /** Moves waiting mail that is due, as the timer does each second. */
    public int tick() {
        return parts.mover().tick();
    }

    /** Removes returned mail that is old, as the timer does each minute. */
    public int prune() {
        return parts.pruner().prune();
    }

    /** The embedded broker, if there is one. */
    public Optional<EmbeddedBroker> broker() {
        return broker;
    }

    /** The running routes. */
    public CamelContext camel() {
        return main.getCamelContext();
    }

    /**
     * A clean stop: no new connections, idle sessions get 421, mails in hand are finished within 20 s, and everything
     * else stays in its queue. Nothing of it counts as an attempt.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Instant begun = Instant.now();
        LOG.info("stopping");
        parts.stopping().begin();
        Thread cutOff = cutOffLater(stopLimit);
        List<Thread> deliveries = stopDeliveries();
        drain();
        parts.web()
                .awaitIdle(System.nanoTime()
                        + stopLimit
                                .minus(Duration.between(begun, Instant.now()))
                                .toNanos());
        // All that deliveries need, such as the route that settles them, is there until the last of them has ended.
        long end = begun.plus(stopLimit).plus(GOODBYE).toEpochMilli();
        deliveries.forEach(
                delivery -> Threads.join(delivery, end - Instant.now().toEpochMilli()));
        main.stop();
        cutOff.interrupt();
        parts.close();
        broker.ifPresent(EmbeddedBroker::close);
        LOG.info("stopped after {} ms", Duration.between(begun, Instant.now()).toMillis());
    }

    private Thread cutOffLater(Duration delay) {
        Thread thread = new Thread(
                () -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(delay.toMillis());
                        parts.abort();
                        // Whoever waits for a broker that does not answer would wait for ever.
                        TimeUnit.MILLISECONDS.sleep(GOODBYE.toMillis());
                        parts.disconnect();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop-deadline");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /**
     * Mail that is not in hand yet stays where it is from now on; what is in hand goes on. Camel would stop the routes
     * that settle while a listener takes a last mail, which would be delivered and not settled.
     *
     * @return threads that end when nothing is in hand.
     */
    private List<Thread> stopDeliveries() {
        return camel().getRoutes().stream()
                .filter(route -> route.getConsumer() instanceof JmsConsumer)
                .map(route ->
                        Threads.start("stop-" + route.getId(), () -> ServiceHelper.stopService(route.getConsumer())))
                .toList();
    }

    private void drain() {
        try {
            // A little longer than it takes to cut off, so that clients hear what became of their mail.
            long most = stopLimit.plus(GOODBYE).toMillis();
            parts.registry().drain().toCompletableFuture().get(most, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("{} clients did not finish in time", parts.registry().open());
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
