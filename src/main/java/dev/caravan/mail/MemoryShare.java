package dev.caravan.mail;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A named part of the heap that one kind of work may use at most. Who holds octets of what came from outside takes them
 * from its share first, and gives them back when nothing holds them any more. Thread-safe; taking costs one atomic
 * step.
 */
public final class MemoryShare {
    private final String name;
    private final long limit;
    private final AtomicLong free;

    /**
     * A share of which nothing is taken.
     *
     * @param name for people, such as {@code content}.
     * @param limit octets that may be taken at most; 0 or more.
     */
    public MemoryShare(String name, long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("memory share " + name + " of " + limit + " octets (expected: >= 0)");
        }
        this.name = name;
        this.limit = limit;
        this.free = new AtomicLong(limit);
    }

    /** A share that is never used up, for a program that does one thing. */
    public static MemoryShare unlimited(String name) {
        return new MemoryShare(name, Long.MAX_VALUE);
    }

    public String name() {
        return name;
    }

    /** How many octets may be taken at most. */
    public long limit() {
        return limit;
    }

    /** How many octets are not taken. */
    public long free() {
        return free.get();
    }

    /** Takes octets; false, and nothing taken, if there are not so many. */
    public boolean tryTake(long octets) {
        long left = free.get();
        while (left >= octets) {
            if (free.compareAndSet(left, left - octets)) {
                return true;
            }
            left = free.get();
        }
        return false;
    }

    /** Gives octets back that were taken. */
    public void giveBack(long octets) {
        free.addAndGet(octets);
    }

    /** A new lease on this share, for one message. */
    public MemoryLease lease() {
        return new MemoryLease(this);
    }
}
