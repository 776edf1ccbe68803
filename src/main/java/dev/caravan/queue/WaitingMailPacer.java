package dev.caravan.queue;

/**
 * How much of the mail that waits for its turn is let go in one tick. What waited for a busy destination comes back all
 * at once, and most of it must wait again: in small portions over the whole time there is always some of it when a
 * delivery ends. While other mail stands in line it gets little, or it would stand before that. Pure; not for several
 * threads at once.
 */
public final class WaitingMailPacer {
    /** What may go in one tick at most, however much waits: each costs a transaction. */
    public static final int MOST = 500;
    /** What may go in one tick while other mail stands in line. */
    public static final int FEW = 10;

    /** Below this, how much waits does not matter. */
    private static final int ENOUGH = 100;

    private final int[] ticks;
    private int next;
    private long sum;
    private int portion = ENOUGH;

    /** @param ticks in the time that mail waits; at least 1. */
    public WaitingMailPacer(int ticks) {
        this.ticks = new int[ticks];
    }

    /**
     * How much may go now: more each time, up to twice what went on average, so that it grows with what waits; and half
     * as much next time whenever the line did not clear.
     *
     * @param isLine whether mail stands in line for delivery.
     */
    public int allowance(boolean isLine) {
        long most = Math.max(ENOUGH, Math.min(MOST, 2 * sum / ticks.length));
        portion = (int) (isLine ? Math.max(FEW, portion / 2) : Math.min(most, 2L * portion));
        return isLine ? FEW : portion;
    }

    /** A tick is over. */
    public void went(int count) {
        sum += count - ticks[next];
        ticks[next] = count;
        next = (next + 1) % ticks.length;
    }
}
