package dev.caravan.config;

/** A part of a running server that applies changed settings. */
public interface Reconfigurable {
    /**
     * Uses these values from now on; work that has begun may use the former ones to its end. Called by one thread at a
     * time.
     *
     * @param settings differ from those before in {@linkplain dev.caravan.config.Setting#isLive live} settings only.
     */
    void reconfigure(Settings settings);
}
