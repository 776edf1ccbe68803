package dev.caravan.server;

import dev.caravan.exchange.FailedStep;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.Properties;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;

/** Sets Camel up as a server needs it. */
final class CamelContexts {
    /** How long attempts and sessions that were cut off may take to end. */
    static final Duration GOODBYE = Duration.ofSeconds(3);

    private CamelContexts() {}

    /**
     * The same failure, unless a port is taken: that is the one mistake of an operator that shows only when the server
     * listens, and the text of the exception names system calls.
     *
     * @param address at which the server was about to listen.
     * @param setting its key.
     */
    static Exception explained(Exception thrown, String address, String setting) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            // With native transport Netty throws an IOException without a type of its own for this.
            if (cause instanceof IOException && (cause instanceof BindException || message.startsWith("bind"))) {
                String reason = message.substring(message.lastIndexOf(": ") + 1).strip();
                return new IOException("cannot listen at " + address + ", which is " + setting + ": " + reason);
            }
        }
        return thrown;
    }

    /** A Camel without routes and beans. */
    static Main create(Properties placeholders) {
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation("false");
        // Signals are caught by the program, which stops the parts in the right order.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        main.configure()
                .withName("caravan")
                .withShutdownTimeout((int) GOODBYE.toSeconds())
                .withShutdownLogInflightExchangesOnTimeout(false);
        main.setOverrideProperties(placeholders);
        main.bind("failedStepRecorder", FailedStep.recorder());
        return main;
    }
}
