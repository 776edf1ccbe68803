package dev.caravan.server;

import dev.caravan.config.Settings;
import dev.caravan.net.SmtpListener;
import dev.caravan.net.SmtpListeners;
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

    /**
     * What a failure to start means. A port that is taken is the one mistake of an operator that shows only now, and the
     * words of the exception name system calls.
     *
     * @param smtp the listener that was started last.
     */
    static Exception explained(Exception thrown, SmtpListener smtp, String http) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof IOException && (cause instanceof BindException || message.startsWith("bind"))) {
                String reason = message.substring(message.lastIndexOf(": ") + 1).strip();
                // Camel wraps what its listener says.
                boolean isHttp = cause == thrown;
                return new IOException("cannot listen at "
                        + (isHttp ? http + ", which is http.listen" : smtp.address() + ", which is " + smtp.setting())
                        + ": " + reason);
            }
        }
        return thrown;
    }

    /** A Camel without routes and beans. */
    static Main create(Settings settings, CaravanServer.Frame frame, SmtpListeners smtp) {
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
