package dev.caravan.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the octets that the bodies of unfinished HTTP requests take in memory and on disk. Clients outside
 * {@code http.networks} together get at most a quarter of the space, so that clients inside always find room.
 * Thread-safe.
 */
public final class BodySpace {
    private static final int STRANGERS_PART = 4;

    private final long most;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong takenByStrangers = new AtomicLong();

    /** @param most the limit for all clients together, in octets. */
    public BodySpace(long most) {
        this.most = most;
    }

    /**
     * Reserves octets.
     *
     * @return false, with nothing reserved, if there is no room.
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
