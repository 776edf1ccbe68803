package dev.caravan.mail;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A limit on the heap that one kind of work may use. Code that keeps octets from the network takes them from a share
 * first, and gives them back when it no longer keeps them. Thread-safe; taking is one atomic operation.
 */
public final class MemoryShare {
    private final String name;
    private final long limit;
    private final AtomicLong free;

    /**
     * An unused share.
     *
     * @param name for people, such as {@code content}.
     * @param limit the number of octets that may be taken; 0 or more.
     */
    public MemoryShare(String name, long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("memory share " + name + " of " + limit + " octets (expected: >= 0)");
        }
        this.name = name;
        this.limit = limit;
        this.free = new AtomicLong(limit);
    }

    /** A share without a limit, for programs that are not servers. */
    public static MemoryShare unlimited(String name) {
        return new MemoryShare(name, Long.MAX_VALUE);
    }

    public String name() {
        return name;
    }

    /** The number of octets that may be taken. */
    public long limit() {
        return limit;
    }

    /** The number of octets that are free. */
    public long free() {
        return free.get();
    }

    /** Takes octets; takes none and returns false if fewer are free. */
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
