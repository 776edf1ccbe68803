package dev.caravan.testkit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * What is logged from now on until it is closed. In tests the root logger passes on warnings and errors only; who wants
 * more sets the level of its logger before, and back to null afterwards, as {@code MailEventsJourneyTest} does with
 * {@code ((Logger) LoggerFactory.getLogger("mail")).setLevel(Level.INFO)}. Such a class is {@code @Isolated} if it runs
 * in the fast loop.
 */
public final class LoggedLines implements AutoCloseable {
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    public LoggedLines() {
        events.start();
        root.addAppender(events);
    }

    /** What an operator would look into: errors, and all that comes with a stack trace. */
    public List<String> ofFaults() {
        return List.copyOf(events.list).stream()
                .filter(event -> event.getLevel() == Level.ERROR || event.getThrowableProxy() != null)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Those of one class and level. */
    public List<String> of(Class<?> source, Level level) {
        return List.copyOf(events.list).stream()
                .filter(event ->
                        event.getLevel() == level && event.getLoggerName().equals(source.getName()))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** All of them. */
    public List<String> all() {
        return List.copyOf(events.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Forgets them. */
    void clear() {
        events.list.clear();
    }

    @Override
    public void close() {
        root.detachAppender(events);
        events.stop();
    }
}
