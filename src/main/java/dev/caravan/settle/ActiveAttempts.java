package dev.caravan.settle;

import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.queue.ItemId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets an attempt for an item begin only when the one before has ended. A broker that loses a connection dispatches the
 * item to another consumer at once, while the first attempt may still run; and it may lose several connections one
 * after the other. A consumer whose message was settled meanwhile must not begin with it. Thread-safe.
 */
public final class ActiveAttempts {
    /**
     * A second dispatch of a settled message follows within about a second; later an operator may send the same message
     * again.
     */
    private static final Duration LONGEST_MEMORY = Duration.ofMinutes(1);

    private static final int MOST_SETTLED = 10_000;

    private record Attempt(Object holder, String messageId) {}

    private final Clock clock;
    private final Map<ItemId, Attempt> inHand = new HashMap<>();
    private final Map<String, Instant> settled = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MOST_SETTLED;
        }
    };

    ActiveAttempts(Clock clock) {
        this.clock = clock;
    }

    /**
     * Notes that an attempt for an item begins.
     *
     * @param messageId of the message it came in.
     * @throws LeaveInQueueException if another attempt runs, or the message was settled a moment ago.
     */
    public synchronized void begin(ItemId item, String messageId, Object holder) {
        if (inHand.containsKey(item)) {
            throw new LeaveInQueueException(item + " has another attempt that has not ended");
        }
        Instant at = settled.get(messageId);
        if (at != null && Duration.between(at, clock.instant()).abs().compareTo(LONGEST_MEMORY) < 0) {
            throw new LeaveInQueueException(item + " was settled by another attempt meanwhile");
        }
        inHand.put(item, new Attempt(holder, messageId));
    }

    /** The result of the holder's attempt is committed, and the attempt has ended. */
    public synchronized void settled(ItemId item, Object holder) {
        Attempt attempt = inHand.get(item);
        if (attempt != null && attempt.holder() == holder) {
            settled.put(attempt.messageId(), clock.instant());
            end(item, holder);
        }
    }

    /** The holder's attempt has ended, if it had one. */
    public synchronized void end(ItemId item, Object holder) {
        Attempt attempt = inHand.get(item);
        if (attempt != null && attempt.holder() == holder) {
            inHand.remove(item);
        }
    }
}
