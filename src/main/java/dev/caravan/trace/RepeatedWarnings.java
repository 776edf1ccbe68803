package dev.caravan.trace;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Drops repeated warnings of libraries that warn once for each of their connections: a line of a named logger is dropped
 * if one with the same beginning was written less than half a minute ago. Configured in {@code logback.xml}. Thread-safe.
 */
public final class RepeatedWarnings extends TurboFilter {
    private static final long PAUSE_NANOS = 30_000_000_000L;
    /** Lines whose first characters, as many as this, are equal are about the same event on different connections. */
    private static final int ALIKE = 30;

    private static final int MOST = 200;

    private final List<String> loggers = new ArrayList<>();
    private final LongSupplier nanoTime;
    private final Map<String, Long> written = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    /** Measures time by {@link System#nanoTime()}. */
    public RepeatedWarnings() {
        this(System::nanoTime);
    }

    RepeatedWarnings(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Adds all loggers whose names begin with this text. */
    public void addSource(String name) {
        loggers.add(name);
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        if (format == null
                || !level.isGreaterOrEqual(Level.WARN)
                || loggers.stream().noneMatch(logger.getName()::startsWith)) {
            return FilterReply.NEUTRAL;
        }
        String beginning = format.substring(0, Math.min(ALIKE, format.length()));
        return isRepeated(logger.getName() + " " + beginning) ? FilterReply.DENY : FilterReply.NEUTRAL;
    }

    private synchronized boolean isRepeated(String line) {
        long now = nanoTime.getAsLong();
        Long before = written.get(line);
        if (before != null && now - before < PAUSE_NANOS) {
            return true;
        }
        written.remove(line);
        written.put(line, now);
        return false;
    }
}
