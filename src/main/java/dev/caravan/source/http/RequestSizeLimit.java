package dev.caravan.source.http;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.store.MessageSettings;
import java.util.function.LongSupplier;

/**
 * The maximum octets of an HTTP request body. A little larger than the limit of every reader of bodies, so that the
 * reader can report which limit was exceeded. Thread-safe.
 */
public final class RequestSizeLimit implements LongSupplier, Reconfigurable {
    private static final long MARGIN = 64 * 1024;

    private volatile long octets;

    public RequestSizeLimit(Settings settings) {
        this.octets = octets(settings);
    }

    @Override
    public void reconfigure(Settings settings) {
        octets = octets(settings);
    }

    private static long octets(Settings settings) {
        return Math.max(settings.get(MessageSettings.MAX_SIZE), settings.get(MessageSettings.MAX_JSON)) + MARGIN;
    }

    @Override
    public long getAsLong() {
        return octets;
    }
}
