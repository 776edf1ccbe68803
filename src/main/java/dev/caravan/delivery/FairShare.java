package dev.caravan.delivery;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may have another delivery in hand, so that no destination, and no number of slow ones, has them all. A
 * destination gets one more while it has fewer than are free: one alone gets half, three a quarter each, and always
 * something is left for the next. The last eighth is for destinations that are known to answer quickly.
 *
 * <p>Pure; not for several threads at once. What it remembers of idle destinations is bounded.
 */
final class FairShare {
    /** What a destination is told. */
    enum Answer {
        /** It has one more in hand. */
        NOW,
        /** It has enough in hand, but so quick ones that it is worth to wait for the end of one. */
        SOON,
        /** It has enough in hand. */
        LATER
    }

    /** Deliveries that take longer have no part in what is kept free. */
    static final Duration QUICK = Duration.ofSeconds(1);
    /** Nobody waits for the end of another delivery if that is to take longer. */
    static final Duration WORTH_WAITING = Duration.ofMillis(100);
    /** How long a delivery will take is guessed if nothing is known of the destination. */
    private static final Duration GUESS = Duration.ofMillis(100);

    private static final int KEPT_FREE_PART = 8;
    private static final int REMEMBERED = 4096;
    /** A new time counts for a quarter of the average, so that some are enough to change one's mind. */
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
     * Asks for one more delivery.
     *
     * @param waiting how many others wait for the same destination already.
     */
    Answer ask(String destination, int waiting) {
        int has = active(destination);
        if (mayHaveMore(destination, has)) {
            active.put(destination, has + 1);
            used++;
            return Answer.NOW;
        }
        Duration next =
                pace(destination).orElse(GUESS).multipliedBy(waiting + 1L).dividedBy(Math.max(1, has));
        return next.compareTo(WORTH_WAITING) <= 0 ? Answer.SOON : Answer.LATER;
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

    /** Somebody waited for the end of a delivery in vain: until one ends, the destination counts as slow. */
    void waitedInVain(String destination) {
        Duration slow = QUICK.plusMillis(1);
        paces.merge(destination, slow, (known, least) -> known.compareTo(least) < 0 ? least : known);
    }

    /** How many a destination has in hand. */
    int active(String destination) {
        return active.getOrDefault(destination, 0);
    }

    /** Of how many destinations it knows how quick they are. */
    int remembered() {
        return paces.size();
    }

    private Optional<Duration> pace(String destination) {
        return Optional.ofNullable(paces.get(destination));
    }
}
