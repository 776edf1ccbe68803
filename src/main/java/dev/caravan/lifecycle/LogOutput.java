package dev.caravan.lifecycle;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** Ends the log. A thread of its own writes the lines, and a process that ends does not wait for it. */
public final class LogOutput {
    private LogOutput() {}

    /**
     * Writes the lines that were logged until now, and none after them. Takes a few seconds at most; may be called again.
     */
    public static void end() {
        end(LoggerFactory.getILoggerFactory());
    }

    static void end(ILoggerFactory loggers) {
        if (loggers instanceof LoggerContext context) {
            context.stop();
        }
    }
}
