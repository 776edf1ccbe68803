package dev.caravan.housekeeping;

import dev.caravan.queue.TimedQueues;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which of the {@link TimedQueues} are to be looked at: at first all, since their time may have passed while no server
 * ran; then each when its time begins, and all again when the clock was set back, and now and then to be sure. Not thread-safe.
 */
final class TimedVisits {
    /** A queue whose time has begun is looked at so often after it was found empty: a message may be on its way there. */
    static final int LOOKS = 5;
    /** For so many turns a queue is expected to appear that the broker has not announced. */
    static final int TURNS = 60;

    private static final Duration ALL_AGAIN = Duration.ofMinutes(10);

    private final Map<String, Integer> turns = new LinkedHashMap<>();
    private Optional<Instant> last = Optional.empty();
    private Instant lastAll = Instant.EPOCH;

    /** The queues to look at now. */
    List<String> due(Instant now) {
        boolean isSetBack = last.isEmpty() || now.isBefore(last.get());
        for (TimedQueues wheel : TimedQueues.values()) {
            if (isSetBack || !now.isBefore(lastAll.plus(ALL_AGAIN))) {
                wheel.queues().forEach(queue -> turns.merge(queue, isSetBack ? TURNS : 1, Math::max));
            }
            last.ifPresent(before -> wheel.begun(before, now).forEach(queue -> turns.put(queue, LOOKS)));
        }
        lastAll = isSetBack || !now.isBefore(lastAll.plus(ALL_AGAIN)) ? now : lastAll;
        last = Optional.of(now);
        return List.copyOf(turns.keySet());
    }

    /**
     * A queue was looked at.
     *
     * @param hasMore whether it may have more messages to be moved.
     */
    void looked(String queue, boolean hasMore) {
        if (hasMore) {
            // The others have their turn first.
            turns.remove(queue);
            turns.put(queue, LOOKS);
        } else {
            turns.computeIfPresent(queue, (name, left) -> left == 1 ? null : Math.min(left, LOOKS) - 1);
        }
    }

    /** The broker does not have a queue, or has not told so yet. */
    void missed(String queue) {
        turns.computeIfPresent(queue, (name, left) -> left == 1 ? null : left - 1);
    }

    /** Looks at all of them again: something may have been missed. */
    void lookAtAll() {
        last = Optional.empty();
    }
}
