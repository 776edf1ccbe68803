package dev.caravan.camel;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Duration;
import java.time.Instant;

/** When a waiting message is due. */
final class DueTime {
    /** How far clocks of several nodes may differ. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

    private DueTime() {}

    /**
     * Whether a message that waits in a queue of one delay is due: at the time its item names, but never later than
     * the delay after it was queued. One that seems to come from the future was queued before the clock was set back;
     * it is due too, so that nothing can block the head of the queue.
     */
    static boolean isDue(Message message, Duration delay, Instant now) {
        Instant queued = queuedAt(message);
        Instant latest = queued.plus(delay);
        Instant due = ItemProperties.number(message, ItemProperties.NEXT_ATTEMPT_AT)
                .map(Instant::ofEpochMilli)
                .filter(at -> at.isBefore(latest))
                .orElse(latest);
        return !now.isBefore(due) || queued.isAfter(now.plus(CLOCK_DIFFERENCE));
    }

    /** Whether a message has been in its queue for longer than a time. */
    static boolean isOlder(Message message, Duration age, Instant now) {
        return now.isAfter(queuedAt(message).plus(age));
    }

    /** When a message was put into its queue, however often it was copied within it. */
    static Instant queuedAt(Message message) {
        return ItemProperties.number(message, ItemProperties.QUEUED_AT)
                .map(Instant::ofEpochMilli)
                .orElseGet(() -> timestamp(message));
    }

    private static Instant timestamp(Message message) {
        try {
            return Instant.ofEpochMilli(message.getJMSTimestamp());
        } catch (JMSException e) {
            return Instant.EPOCH;
        }
    }
}
