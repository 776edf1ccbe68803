package dev.caravan.housekeeping;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Decides how many due items may join the queue of a transport now, so that retries and new mail take turns: of the items
 * that were moved there, at most {@link #WINDOW} wait in front of a new message. They are moved in groups, each in one
 * transaction, and a group has been taken when the first message of the queue was sent after it, or the queue is empty.
 *
 * <p>If a queue is not being emptied, for example because its transport is paused or busy, {@link #WINDOW} items join it
 * each {@link #LONGEST_WAIT} all the same: items of other transports may stand behind them in the retry queue. Each
 * server that shares a broker counts only what it has moved itself. Not thread-safe.
 */
final class RetryTurns {
    /** How many moved items may wait for their transport at the same time. */
    static final int WINDOW = 500;
    /** How many items are moved in one transaction: half the window, so that one half is moved while the other is taken. */
    static final int GROUP = WINDOW / 2;
    /** After this time without a move a queue takes items again, even if those before are still there. */
    static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private static final int MOST_QUEUES = 1000;

    private final Map<String, Deque<Group>> byQueue = new LinkedHashMap<>();

    /**
     * @param sentMillis when the last item of the group was sent, as its JMS timestamp says.
     * @param movedNanos when it was committed, by the monotonic clock.
     */
    private record Group(int count, long sentMillis, long movedNanos) {}

    /**
     * How many items may join a queue in the next transaction; from 0 to {@link #GROUP}.
     *
     * @param nanos now, by the monotonic clock.
     */
    int room(String queue, long nanos) {
        Deque<Group> groups = byQueue.get(queue);
        if (groups == null || hasWaitedLong(groups, nanos)) {
            return GROUP;
        }
        int waiting = groups.stream().mapToInt(Group::count).sum();
        return Math.max(0, Math.min(GROUP, WINDOW - waiting));
    }

    /** Whether it may matter for {@link #room} which message is the first of a queue. */
    boolean isWaitingFor(String queue) {
        return byQueue.containsKey(queue);
    }

    /** A group of items has joined a queue. */
    void moved(String queue, int count, long sentMillis, long nanos) {
        Deque<Group> before = byQueue.get(queue);
        if (before != null && hasWaitedLong(before, nanos)) {
            byQueue.remove(queue);
        }
        if (byQueue.size() == MOST_QUEUES && !byQueue.containsKey(queue)) {
            byQueue.remove(byQueue.keySet().iterator().next());
        }
        byQueue.computeIfAbsent(queue, name -> new ArrayDeque<>()).add(new Group(count, sentMillis, nanos));
    }

    private static boolean hasWaitedLong(Deque<Group> groups, long nanos) {
        return nanos - groups.getLast().movedNanos() >= LONGEST_WAIT.toNanos();
    }

    /**
     * Somebody has looked at a queue.
     *
     * @param sentMillis the JMS timestamp of the first message that nobody has taken; empty if there is none.
     */
    void sawFirst(String queue, OptionalLong sentMillis) {
        Deque<Group> groups = byQueue.get(queue);
        if (groups == null) {
            return;
        }
        groups.removeIf(group -> sentMillis.isEmpty() || sentMillis.getAsLong() > group.sentMillis());
        if (groups.isEmpty()) {
            byQueue.remove(queue);
        }
    }
}
