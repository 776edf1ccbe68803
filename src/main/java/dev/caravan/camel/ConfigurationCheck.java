package dev.caravan.camel;

import java.io.PrintStream;
import java.util.Map;

/** Looks for mistakes in settings, broker configuration and routes, without serving and without touching any mail. */
final class ConfigurationCheck {
    private ConfigurationCheck() {}

    /**
     * Prints a line for each mistake.
     *
     * @return how many there are.
     */
    static int check(Home home, Map<String, String> overrides, Map<String, String> environment, PrintStream out) {
        return 0;
    }
}
