package dev.caravan.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many octets the bodies of unfinished HTTP requests take in memory and on disk. Clients outside
 * {@code http.networks} may take a quarter of it together, so that they leave room for the others. Thread-safe.
 */
public final class BodySpace {
    private static final int STRANGERS_PART = 4;

    private final long most;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong takenByStrangers = new AtomicLong();

    /** @param most octets of all clients together. */
    public BodySpace(long most) {
        this.most = most;
    }

    /**
     * Takes octets.
     *
     * @return false, and nothing taken, if there is no room for them.
     */
    boolean take(long octets, boolean isStranger) {
        if (isStranger && !take(takenByStrangers, octets, most / STRANGERS_PART)) {
            return false;
        }
        if (take(taken, octets, most)) {
            return true;
        }
        if (isStranger) {
            takenByStrangers.addAndGet(-octets);
        }
        return false;
    }

    void giveBack(long octets, boolean isStranger) {
        taken.addAndGet(-octets);
        if (isStranger) {
            takenByStrangers.addAndGet(-octets);
        }
    }

    private static boolean take(AtomicLong counter, long octets, long most) {
        if (counter.addAndGet(octets) <= most) {
            return true;
        }
        counter.addAndGet(-octets);
        return false;
    }
}
