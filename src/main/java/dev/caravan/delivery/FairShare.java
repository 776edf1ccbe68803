package dev.caravan.delivery;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Admission of concurrent deliveries, so that neither one destination nor many slow ones use all of them. A destination
 * may start another delivery while it has fewer than there are free: one alone gets half, three get a quarter each, and
 * some remain for the next. The last eighth is reserved for destinations that are known to be fast.
 *
 * <p>Pure; not thread-safe. What it remembers of idle destinations is bounded.
 */
final class FairShare {
    /** The answer to a request for another delivery. */
    enum Grant {
        /** The delivery may start; it is counted. */
        NOW,
        /** The destination has its share, but one of its deliveries will end within a moment. */
        SOON,
        /** The destination has its share. */
        LATER
    }

    /** A destination whose deliveries take longer on average gets nothing of the reserved eighth. */
    static final Duration QUICK = Duration.ofSeconds(1);
    /** The longest expected wait for another delivery to end. */
    static final Duration WORTH_WAITING = Duration.ofMillis(100);
    /** The assumed duration of a delivery if nothing is known about the destination. */
    private static final Duration GUESS = Duration.ofMillis(100);

    private static final int KEPT_FREE_PART = 8;
    private static final int REMEMBERED = 4096;
    /** A new duration has the weight of a quarter in the moving average. */
    private static final int WEIGHT = 4;

    private final ConcurrencyLimits limits;
    private final Map<String, Integer> active = new HashMap<>();
    private final Map<String, Duration> paces = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Duration> eldest) {
            return size() > REMEMBERED;
        }
    };
    private int used;

    FairShare(ConcurrencyLimits limits) {
        this.limits = limits;
    }

    /**
     * Requests one more delivery.
     *
     * @param waiting the number of requests that wait for the same destination already.
     */
    Grant request(String destination, int waiting) {
        int has = active(destination);
        if (mayHaveMore(destination, has)) {
            active.put(destination, has + 1);
            used++;
            return Grant.NOW;
        }
        Duration next =
                pace(destination).orElse(GUESS).multipliedBy(waiting + 1L).dividedBy(Math.max(1, has));
        return next.compareTo(WORTH_WAITING) <= 0 ? Grant.SOON : Grant.LATER;
    }

    private boolean mayHaveMore(String destination, int has) {
        boolean isQuick =
                pace(destination).filter(pace -> pace.compareTo(QUICK) <= 0).isPresent();
        int free = limits.total() - used - (isQuick ? 0 : limits.total() / KEPT_FREE_PART);
        return has < limits.perDestination() && has < free;
    }

    /** A delivery ended. */
    void done(String destination, Duration took) {
        active.computeIfPresent(destination, (name, has) -> has == 1 ? null : has - 1);
        used--;
        Duration before = pace(destination).orElse(took);
        paces.put(destination, before.plus(took.minus(before).dividedBy(WEIGHT)));
    }

    /** No delivery ended within the expected wait: until one ends, the destination is treated as slow. */
    void waitTimedOut(String destination) {
        Duration slow = QUICK.plusMillis(1);
        paces.merge(destination, slow, (known, least) -> known.compareTo(least) < 0 ? least : known);
    }

    /** The number of deliveries to a destination in progress. */
    int active(String destination) {
        return active.getOrDefault(destination, 0);
    }

    /** The number of destinations whose average duration is known. */
    int remembered() {
        return paces.size();
    }

    private Optional<Duration> pace(String destination) {
        return Optional.ofNullable(paces.get(destination));
    }
}
