package dev.caravan.outcome;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides what follows when a web server did not accept an event. Events are posted one after another, so one that is
 * never accepted must not block the others for ever. Failures that are not about this event, such as a server that is
 * down, are retried for longer.
 */
public final class WebhookRetry {
    /** How often an event is posted that the server cannot handle. */
    public static final int MOST_ATTEMPTS = 6;
    /** How long an event is posted again, whatever the reason. */
    public static final Duration LONGEST = Duration.ofDays(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private WebhookRetry() {}

    /** Why an event was not accepted. */
    public enum Cause {
        /** The server does not want this event: an answer that is final in the table of destinations. */
        REFUSED,
        /** The server failed with this event: HTTP 500 and its like, no answer. */
        FAILED,
        /** The server cannot be reached, is busy, or refuses access. */
        UNAVAILABLE
    }

    /**
     * The attempts so far.
     *
     * @param attempts their number, including this one; from 1.
     * @param first the time of the first.
     */
    public record Attempts(int attempts, Instant first) {}

    /**
     * How long to wait for the next attempt.
     *
     * @param asked the delay that the server asks for.
     * @return empty if the event must be set aside.
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
