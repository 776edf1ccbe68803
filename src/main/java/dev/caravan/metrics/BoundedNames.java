package dev.caravan.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the number of values of a label, since each value is a time series in the monitoring system. Names beyond the
 * limit share the value {@value #OTHER}. Thread-safe.
 */
final class BoundedNames {
    /** Stands for all names beyond the limit. */
    static final String OTHER = "other";

    private static final int LONGEST = 100;

    private final int limit;
    private final AtomicInteger taken = new AtomicInteger();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** @param limit how many names get a value of their own; greater than zero. */
    BoundedNames(int limit) {
        this.limit = limit;
    }

    /** The name itself, or {@value #OTHER} if it is longer than 100 characters or comes after the limit is reached. */
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
