package dev.caravan.server;

import dev.caravan.config.Settings;
import dev.caravan.net.ListenAddress;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;

/** Sets Camel up as a server needs it. */
final class CamelContexts {
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
        main.setOverrideProperties(Placeholders.of(settings, frame.ticking(), smtp));
        return main;
    }
}
