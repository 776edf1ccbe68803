package dev.caravan.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Names as label values, so many and no more: each value is a time series of its own in whoever collects them. Names that
 * come when there are enough count as one. Thread-safe.
 */
final class BoundedNames {
    /** Stands for all names beyond the limit. */
    static final String OTHER = "other";

    private static final int LONGEST = 100;

    private final int limit;
    private final AtomicInteger taken = new AtomicInteger();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** @param limit how many names are told apart; greater than zero. */
    BoundedNames(int limit) {
        this.limit = limit;
    }

    /** The name itself, or the word for all others. */
    String label(String name) {
        if (known.contains(name)) {
            return name;
        }
        if (name.length() > LONGEST || taken.get() >= limit) {
            return OTHER;
        }
        if (known.add(name)) {
            taken.incrementAndGet();
        }
        return name;
    }
}
