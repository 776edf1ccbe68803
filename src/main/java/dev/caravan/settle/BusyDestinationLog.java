package dev.caravan.settle;

import dev.caravan.trace.MailLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells the mail log of items that wait for their turn at a busy destination. There may be ten thousand, twice a
 * minute: so one line for each destination and minute, with their number.
 */
final class BusyDestinationLog {
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

    BusyDestinationLog(Clock clock) {
        this.clock = clock;
    }

    /**
     * An item waits.
     *
     * @param nextHop where it is to go.
     * @param reason why it was not tried.
     */
    synchronized void waits(String nextHop, String queue, String reason) {
        Instant now = clock.instant();
        Count before = counts.get(nextHop);
        int items = before == null ? 1 : before.items() + 1;
        if (before == null || Duration.between(before.since(), now).abs().compareTo(EACH) >= 0) {
            MailLog.busy(nextHop, queue, items, reason);
            counts.put(nextHop, new Count(now, 0));
        } else {
            counts.put(nextHop, new Count(before.since(), items));
        }
    }
}
