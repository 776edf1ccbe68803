package dev.caravan.delivery;

/**
 * Limits of concurrent deliveries.
 *
 * @param total for all destinations together, as many as delivery routes can process at once; at least 1, default 40.
 * @param perDestination for one destination, that is one recipient domain; at least 1, default 20.
 */
public record ConcurrencyLimits(int total, int perDestination) {
    /** The defaults. */
    public static final ConcurrencyLimits DEFAULT = new ConcurrencyLimits(40, 20);

    /** @throws IllegalArgumentException if one is below 1. */
    public ConcurrencyLimits {
        if (total < 1 || perDestination < 1) {
            throw new IllegalArgumentException("limit " + total + ", " + perDestination + " (expected: >= 1)");
        }
    }
}
