package dev.caravan.mail;

import java.util.Optional;

/**
 * What one message holds of a {@link MemoryShare}. Closing gives all of it back; closing again does nothing.
 * Thread-safe.
 */
public final class MemoryLease implements AutoCloseable {
    private final MemoryShare share;
    private long held;
    private boolean closed;
    private Optional<MemoryLease> other = Optional.empty();

    MemoryLease(MemoryShare share) {
        this.share = share;
    }

    /** A lease without a limit. */
    public static MemoryLease unlimited() {
        return MemoryShare.unlimited("unlimited").lease();
    }

    /** How many octets it holds. */
    public synchronized long held() {
        return held;
    }

    /** Takes more octets; takes none and returns false if the share does not have so many, or if this is closed. */
    public synchronized boolean tryTake(long octets) {
        if (closed || !share.tryTake(octets)) {
            return false;
        }
        held += octets;
        return true;
    }

    /**
     * Takes more octets.
     *
     * @throws MemoryExhaustedException if the share does not have so many now.
     */
    public void take(long octets) throws MemoryExhaustedException {
        if (!tryTake(octets)) {
            throw new MemoryExhaustedException(share.name(), octets, held() + octets > share.limit());
        }
    }

    /** Gives back octets that this holds; at most all of them. */
    public synchronized void giveBack(long octets) {
        long returned = Math.min(octets, held);
        held -= returned;
        share.giveBack(returned);
    }

    /** Closes another lease together with this one, at once if this one is closed. At most one other lease. */
    public synchronized void alsoClose(MemoryLease lease) {
        other = Optional.of(lease);
        if (closed) {
            lease.close();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        giveBack(held);
        other.ifPresent(MemoryLease::close);
    }
}
