package dev.caravan.queue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Where a mail stands, as an operator says it: which kind of queue it is in. */
public enum QueueState {
    /** It waits until it is tried again. */
    DEFERRED,
    /** It is due: it waits for a free delivery, or is in one. */
    ACTIVE,
    /** It is given up, and its sender is about to be told. */
    DEAD,
    /** A rule or an operator holds it back. */
    HELD,
    /** Its sender was told; it is kept to be sent once more if somebody wishes. */
    BOUNCED;

    /** The states of mail that is still to be delivered or returned. */
    public static final Set<QueueState> UNFINISHED = EnumSet.complementOf(EnumSet.of(BOUNCED));

    /** The state of mail in a queue; empty for queues that hold something else. */
    public static Optional<QueueState> of(String queue) {
        if (queue.startsWith(QueueNames.RETRY_PREFIX)) {
            return Optional.of(DEFERRED);
        } else if (queue.startsWith(QueueNames.DELIVER_PREFIX)) {
            return Optional.of(ACTIVE);
        } else if (queue.equals(QueueNames.DEAD)) {
            return Optional.of(DEAD);
        } else if (queue.equals(QueueNames.HOLD)) {
            return Optional.of(HELD);
        } else {
            return queue.equals(QueueNames.BOUNCED) ? Optional.of(BOUNCED) : Optional.empty();
        }
    }

    /** The word for people and programs: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The state of that word.
     *
     * @throws IllegalArgumentException if there is none.
     */
    public static QueueState byWord(String word) {
        return Arrays.stream(values())
                .filter(state -> state.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no such state (expected: deferred, active, dead, held, bounced)"));
    }
}
