package dev.caravan.queue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The state of a message in an operator's words: the kind of queue that it is in. */
public enum QueueState {
    /** It waits for the time that its sender chose (RFC 4865). */
    LATER,
    /** It waits until it is tried again. */
    DEFERRED,
    /** It is due: it waits for a free delivery, or is being delivered. */
    ACTIVE,
    /** It is due, and waits outside memory until its destination, its sender or slow mail may have another delivery. */
    PARKED,
    /** It was given up, and its sender will get a report. */
    DEAD,
    /** A rule or an operator holds it. */
    HELD,
    /** Its sender got a report; it is kept so that an operator can send it again. */
    BOUNCED;

    /** The states of mail that is still to be delivered or returned. */
    public static final Set<QueueState> UNFINISHED = EnumSet.complementOf(EnumSet.of(BOUNCED));

    /** The state of mail in a queue; empty for queues that hold something else. */
    public static Optional<QueueState> of(String queue) {
        if (queue.startsWith(QueueNames.LATER_PREFIX)) {
            return Optional.of(LATER);
        } else if (queue.startsWith(QueueNames.RETRY_PREFIX)) {
            return Optional.of(DEFERRED);
        } else if (queue.startsWith(QueueNames.DELIVER_PREFIX)) {
            return Optional.of(ACTIVE);
        } else if (queue.startsWith(QueueNames.PARKED_PREFIX)) {
            return Optional.of(PARKED);
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
                        "no such state (expected: later, deferred, active, parked, dead, held, bounced)"));
    }
}
