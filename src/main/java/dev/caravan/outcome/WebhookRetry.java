package dev.caravan.outcome;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What follows when a web server did not take an event. Events are posted one after another, so one that is never taken
 * must not keep the others for ever. What says nothing about this event, such as a server that is away, is waited for
 * longer.
 */
public final class WebhookRetry {
    /** So often an event is posted that the server answers and cannot handle. */
    public static final int MOST_ATTEMPTS = 6;
    /** So long an event is posted again whatever the reason. */
    public static final Duration LONGEST = Duration.ofDays(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private WebhookRetry() {}

    /** Why an event was not taken. */
    public enum Cause {
        /** The server does not want this event: an answer that is final in the table of destinations. */
        REFUSED,
        /** The server failed with this event: HTTP 500 and its like, no answer. */
        FAILED,
        /** The server cannot be reached, is busy, or does not let us in. */
        UNAVAILABLE
    }

    /**
     * What was tried.
     *
     * @param attempts how often, this one among them; from 1.
     * @param first when the first of them was.
     */
    public record Attempts(int attempts, Instant first) {}

    /**
     * How long to wait for the next attempt.
     *
     * @param asked what the server asks for.
     * @return empty if the event is to be set aside.
     */
    public static Optional<Duration> pause(Cause cause, Attempts tried, Optional<Duration> asked, Instant now) {
        boolean isOver = cause == Cause.REFUSED
                || (cause == Cause.FAILED && tried.attempts() >= MOST_ATTEMPTS)
                || !tried.first().plus(LONGEST).isAfter(now);
        if (isOver) {
            return Optional.empty();
        }
        int doublings = Math.min(tried.attempts() - 1, 16);
        Duration usual = FIRST_PAUSE.multipliedBy(1L << doublings);
        return Optional.of(asked.orElse(usual.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : usual));
    }
}
