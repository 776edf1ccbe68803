package dev.caravan.source.http;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.store.MessageSettings;
import java.util.function.LongSupplier;

/**
 * The size in octets of the largest body of an HTTP request. It is a little larger than any reader of bodies takes, so that the reader says which
 * limit was passed. Thread-safe.
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
