package dev.caravan.lifecycle;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The end of the log: lines are written by another thread, which a process that ends does not wait for. */
public final class LogOutput {
    private LogOutput() {}

    /** Writes what was logged until now, and nothing after it. Takes some seconds at most; may be called again. */
    public static void end() {
        end(LoggerFactory.getILoggerFactory());
    }

    static void end(ILoggerFactory loggers) {
        if (loggers instanceof LoggerContext context) {
            context.stop();
        }
    }
}
