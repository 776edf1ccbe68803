package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.outcome.WebhookRetry.Attempts;
import dev.caravan.outcome.WebhookRetry.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One event that a web server never takes does not keep the others for ever. */
class WebhookRetryTest {
    private static final Instant FIRST = Instant.parse("2026-11-29T12:00:00Z");

    @Test
    void anEventThatIsRefusedIsSetAsideAtOnce() {
        assertEquals(Optional.empty(), pause(Cause.REFUSED, 1, Duration.ZERO));
    }

    @Test
    void anEventThatTheServerCannotHandleIsPostedSixTimes() {
        assertEquals(Optional.of(Duration.ofSeconds(16)), pause(Cause.FAILED, 5, Duration.ZERO));
        assertEquals(Optional.empty(), pause(Cause.FAILED, 6, Duration.ofMinutes(1)));
    }

    @Test
    void aServerThatIsAwayIsWaitedForADay() {
        assertEquals(Optional.of(Duration.ofMinutes(1)), pause(Cause.UNAVAILABLE, 1400, Duration.ofHours(23)));
        assertEquals(Optional.empty(), pause(Cause.UNAVAILABLE, 1440, Duration.ofHours(24)));
    }

    private static Optional<Duration> pause(Cause cause, int attempts, Duration since) {
        return WebhookRetry.pause(cause, new Attempts(attempts, FIRST), Optional.empty(), FIRST.plus(since));
    }
}
