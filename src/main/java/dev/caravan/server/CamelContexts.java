package dev.caravan.server;

import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenAddress;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;

/** Sets Camel up as a server needs it. */
public final class CamelContexts {
    /** How long what was cut off may take to end. */
    static final Duration GOODBYE = Duration.ofSeconds(3);

    private CamelContexts() {}

    /** A port that cannot be had is the one mistake that shows only now; its own words name system calls. */
    static Exception explained(Exception thrown, ListenAddress smtp, String http) {
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

    /** A Camel without routes and beans. */
    static Main create(Settings settings, CaravanServer.Frame frame, ListenAddress smtp) {
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation("false");
        // Signals are caught by the program, which stops the parts in the right order.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        main.configure()
                .withName("caravan")
                .withShutdownTimeout((int) GOODBYE.toSeconds())
                .withShutdownLogInflightExchangesOnTimeout(false);
        main.setOverrideProperties(placeholders(settings, frame.ticking(), smtp));
        return main;
    }

    /** What routes may name in double braces: all settings, and what follows from them. */
    public static Properties placeholders(Settings settings, boolean ticking, ListenAddress smtp) {
        Properties properties = new Properties();
        properties.putAll(settings.all());
        // No body of ours is a stream that could be read twice.
        properties.setProperty("camel.main.stream-caching-enabled", "false");
        properties.setProperty(Setting.LISTEN.key(), smtp.toString());
        properties.setProperty("caravan.native-transport", Boolean.toString(EventLoops.isNative()));
        properties.setProperty("caravan.deliver", Boolean.toString(!settings.flag(Setting.PAUSED)));
        properties.setProperty(
                "caravan.pickup",
                Boolean.toString(
                        ticking && settings.optional(Setting.PICKUP_FOLDER).isPresent()));
        for (Setting setting : List.of(Setting.SQL_URL, Setting.KAFKA_BROKERS, Setting.MAILBOX)) {
            properties.setProperty(
                    "caravan." + setting.key().replaceFirst("\\..*", ""),
                    Boolean.toString(settings.optional(setting).isPresent()));
        }
        properties.setProperty(
                "caravan.mailbox-millis",
                Long.toString(settings.duration(Setting.MAILBOX_EVERY).toMillis()));
        properties.setProperty("caravan.mailbox-delete", Boolean.toString(!settings.flag(Setting.MAILBOX_KEEP)));
        properties.setProperty("caravan.tick", Boolean.toString(ticking));
        return properties;
    }
}
