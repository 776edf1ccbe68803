package dev.caravan.trace;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Counts items that wait because their destination has its share of deliveries. There may be ten thousand twice a
 * minute, so the log gets at most one line for each destination in a minute. Thread-safe; knows at most 1000
 * destinations.
 */
final class WaitingItemsLog {
    private static final Duration EACH = Duration.ofMinutes(1);
    private static final int DESTINATIONS = 1000;

    private final Clock clock;
    private final Map<String, Count> counts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
            return size() > DESTINATIONS;
        }
    };

    private record Count(Instant since, int items) {}

    WaitingItemsLog(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts an item that waits.
     *
     * @return how many items have waited since the last line, this one included, if a line is due now.
     */
    synchronized OptionalInt count(String nextHop) {
        Instant now = clock.instant();
        Count before = counts.get(nextHop);
        int items = before == null ? 1 : before.items() + 1;
        if (before == null || Duration.between(before.since(), now).abs().compareTo(EACH) >= 0) {
            counts.put(nextHop, new Count(now, 0));
            return OptionalInt.of(items);
        }
        counts.put(nextHop, new Count(before.since(), items));
        return OptionalInt.empty();
    }
}
