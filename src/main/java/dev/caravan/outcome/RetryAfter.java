package dev.caravan.outcome;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The field Retry-After of an HTTP answer: seconds, or a date (RFC 9110 §10.2.3). */
public final class RetryAfter {
    /** The longest delay that a server may ask for. */
    public static final Duration LONGEST = Duration.ofDays(1);

    private RetryAfter() {}

    /**
     * How long to wait.
     *
     * @param field the field's body.
     * @param now the time that a date is compared with.
     * @return 0 to {@link #LONGEST}; empty if the body is neither.
     */
    public static Optional<Duration> read(String field, Instant now) {
        String text = field.strip();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(limited(Duration.ofSeconds(Long.parseLong(text))));
        }
        try {
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(limited(Duration.between(now, until)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Duration limited(Duration wait) {
        return wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
