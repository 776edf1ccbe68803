package dev.caravan.queue;

/**
 * How much of the mail that waits for its turn is let go in one tick. What waited for a busy destination comes back all
 * at once, and most of it must wait again: in small portions over the whole time there is always some of it when a
 * delivery ends, and other mail does not stand in line behind thousands. Pure; not for several threads at once.
 */
public final class TurnPace {
    /** What may always go in one tick. */
    public static final int LEAST = 100;
    /** What may go in one tick at most, however much waits: each costs a transaction. */
    public static final int MOST = 500;

    private final int[] ticks;
    private int next;
    private long sum;

    /** @param ticks in the time that mail waits; at least 1. */
    public TurnPace(int ticks) {
        this.ticks = new int[ticks];
    }

    /** How much may go now: twice what went on average, so that it grows with what waits. */
    public int allowance() {
        return (int) Math.max(LEAST, Math.min(MOST, 2 * sum / ticks.length));
    }

    /** A tick is over. */
    public void went(int count) {
        sum += count - ticks[next];
        ticks[next] = count;
        next = (next + 1) % ticks.length;
    }
}
