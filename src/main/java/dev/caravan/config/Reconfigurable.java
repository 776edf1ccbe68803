package dev.caravan.config;

/** A part of a running server that takes over changed settings. */
public interface Reconfigurable {
    /**
     * Uses other values from now on; work that has begun may go on with the former ones. Called by one thread at a time.
     *
     * @param settings differ from those before in {@linkplain dev.caravan.config.Setting#isLive live} settings only.
     */
    void reconfigure(Settings settings);
}
