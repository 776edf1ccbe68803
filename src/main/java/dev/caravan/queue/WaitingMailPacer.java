package dev.caravan.queue;

/**
 * Decides how many messages that are parked for busy destinations are released in one tick. If all were released at
 * once, most of them would have to be parked again; in small portions over the whole delay, some are ready whenever a
 * delivery ends. While other messages wait for delivery, only few are released, so that they do not overtake those. Not
 * thread-safe.
 */
public final class WaitingMailPacer {
    /** The most that are released in one tick: each takes part in a transaction. */
    public static final int MOST = 500;
    /** How many are released in one tick while other messages wait for delivery. */
    public static final int FEW = 10;

    /** The number that may be released in any tick without a backlog. */
    private static final int ENOUGH = 100;

    private final int[] ticks;
    private int next;
    private long sum;
    private int portion = ENOUGH;

    /** @param ticks the number of ticks in the delay; at least 1. */
    public WaitingMailPacer(int ticks) {
        this.ticks = new int[ticks];
    }

    /**
     * How many messages may be released now: twice as many each time, up to twice the average of the last ticks, so that
     * it grows with what waits; and half as many whenever there is a backlog.
     *
     * @param isBacklog whether messages wait for delivery.
     */
    public int allowance(boolean isBacklog) {
        long most = Math.max(ENOUGH, Math.min(MOST, 2 * sum / ticks.length));
        portion = (int) (isBacklog ? Math.max(FEW, portion / 2) : Math.min(most, 2L * portion));
        return isBacklog ? FEW : portion;
    }

    /** A tick has ended in which so many were released. */
    public void released(int count) {
        sum += count - ticks[next];
        ticks[next] = count;
        next = (next + 1) % ticks.length;
    }
}
