package dev.caravan.broker;

import dev.caravan.queue.ClockWatch;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a waiting message is due. A message may be stamped by a clock that was set since, or by a server whose clock
 * differs from ours; it is then neither tried at once nor kept until that clock's time, but waits for about its delay.
 * Not thread-safe.
 */
public final class DueTime {
    /** How far clocks of several servers may differ. */
    private static final Duration CLOCK_DIFFERENCE = ClockWatch.TOLERANCE;

    private final BrokerClock clock;
    private Duration ahead = Duration.ZERO;
    private boolean sawFuture;

    public DueTime(BrokerClock clock) {
        this.clock = clock;
    }

    /**
     * Begins another pass over the queues: a clock difference that no message has shown since the last call is
     * forgotten.
     */
    public void nextLook() {
        if (!sawFuture) {
            ahead = Duration.ZERO;
        }
        sawFuture = false;
    }

    /**
     * Whether a message that waits in a queue of one delay is due: at the time its item names, but never later than the
     * delay after it was queued. A message with a time in the future is due its delay after it was queued, by the clock
     * that stamped it, which is assumed to be as far ahead as messages have shown.
     */
    public boolean isDue(Message message, Duration delay) {
        Instant now = clock.now(message);
        Instant stamped = queuedAt(message);
        Instant queued = clock.watch().corrected(stamped);
        if (queued.isAfter(now.plus(CLOCK_DIFFERENCE))) {
            Duration seen = Duration.between(now, queued);
            ahead = seen.compareTo(ahead) > 0 ? seen : ahead;
            sawFuture = true;
            queued = queued.minus(ahead);
        }
        Duration wait = ItemProperties.number(message, ItemProperties.NEXT_ATTEMPT_AT)
                .map(at -> Duration.between(stamped, Instant.ofEpochMilli(at)))
                .filter(named -> named.compareTo(delay) < 0)
                .orElse(delay);
        return !now.isBefore(queued.plus(wait));
    }

    /**
     * When a message is due that waits until a time of its own. If a wrong clock stamped it, it waits for as long as it
     * was to wait then.
     *
     * @return empty if the message does not say.
     */
    public Optional<Instant> ownTime(Message message) {
        Instant now = clock.now(message);
        Instant stamped = queuedAt(message);
        Instant queued = clock.watch().corrected(stamped);
        Instant known = queued.isAfter(now.plus(CLOCK_DIFFERENCE)) ? now : queued;
        return ItemProperties.number(message, ItemProperties.NEXT_ATTEMPT_AT)
                .map(at -> Instant.ofEpochMilli(at).minus(Duration.between(known, stamped)));
    }

    /** The time by which messages are due. For a message that the broker has just dispatched. */
    public Instant now(Message message) {
        return clock.now(message);
    }

    /** Whether a message has been in its queue for longer than a time. */
    public static boolean isOlder(Message message, Duration age, Instant now) {
        return now.isAfter(queuedAt(message).plus(age));
    }

    /** When a message was put into its queue, however often it was copied within it. */
    public static Instant queuedAt(Message message) {
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
