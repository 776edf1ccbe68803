package dev.caravan.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How long to wait between attempts, and when to give up (RFC 5321 §4.5.4.1): the broker's redelivery policy as numbers.
 *
 * @param first delay after the first failed attempt; whole milliseconds, at least 1 ms, default 15 minutes.
 * @param next delay after each later one, if the multiplier is 1; whole milliseconds, at least 1 ms, default 15 minutes.
 * @param multiplier by how much the delay before is multiplied; 1, or at least 1.01.
 * @param longest cap on multiplied delays; at least 1 ms.
 * @param attempts how many repetitions there are; 0 to {@link Integer#MAX_VALUE}, default 480.
 */
public record RetrySchedule(Duration first, Duration next, double multiplier, Duration longest, int attempts) {
    /** Every 15 minutes for five days. */
    public static final RetrySchedule DEFAULT =
            new RetrySchedule(Duration.ofMinutes(15), Duration.ofMinutes(15), 1, Duration.ofMinutes(15), 480);

    // With a smaller value, computing when the delays reach the cap would take very many steps.
    private static final double LEAST_GROWTH = 1.01;
    private static final long MILLIS_PER_SECOND = 1000;
    private static final long MILLIS_PER_MINUTE = 60 * MILLIS_PER_SECOND;
    private static final long MILLIS_PER_HOUR = 60 * MILLIS_PER_MINUTE;
    private static final long MILLIS_PER_DAY = 24 * MILLIS_PER_HOUR;
    private static final int MAX_DIGITS = 15;

    /** @throws IllegalArgumentException if a value is out of range. */
    public RetrySchedule {
        requireDelay(first);
        requireDelay(next);
        requireDelay(longest);
        if (multiplier != 1 && !(multiplier >= LEAST_GROWTH && multiplier <= 1000)) {
            throw new IllegalArgumentException("multiplier " + multiplier + " (expected: 1, or 1.01 to 1000)");
        }
        if (attempts < 0) {
            throw new IllegalArgumentException("attempts " + attempts + " (expected: >= 0)");
        }
    }

    private static void requireDelay(Duration delay) {
        // Arithmetic in milliseconds: a time that overflows is the same as never.
        if (delay.compareTo(Duration.ofMillis(1)) < 0
                || delay.compareTo(Duration.ofMillis(Long.MAX_VALUE)) > 0
                || delay.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException("delay " + delay + " (expected: whole milliseconds, >= 1 ms)");
        }
    }

    /**
     * The delay before the next attempt.
     *
     * @param attemptsMade how many attempts have failed; 1 or more (0 counts as 1).
     */
    public Duration delayAfter(int attemptsMade) {
        if (attemptsMade <= 1) {
            return first;
        }
        if (multiplier == 1) {
            return next;
        }
        long delay = first.toMillis();
        long cap = longest.toMillis();
        for (int made = 1; made < attemptsMade && delay != cap; made++) {
            delay = grown(delay);
        }
        return Duration.ofMillis(delay);
    }

    /** All delays, each once; the one after the last attempt is for mail that is postponed then. */
    public Set<Duration> delays() {
        Set<Duration> delays = new TreeSet<>(Set.of(first));
        int made = 2;
        // The delays grow until some attempt and are the same from then on.
        while (made - 1 <= attempts && delays.add(delayAfter(made))) {
            made++;
        }
        return delays;
    }

    /** The age of a message, from its arrival, at which deferred becomes failed: the sum of all delays. */
    public Duration giveUpAfter() {
        if (attempts == 0) {
            return Duration.ZERO;
        }
        if (multiplier == 1) {
            return Duration.ofMillis(plus(first.toMillis(), times(next.toMillis(), attempts - 1)));
        }
        long sum = 0;
        long delay = first.toMillis();
        long cap = longest.toMillis();
        int left = attempts;
        while (left > 0 && (delay != cap || left == attempts)) {
            sum = plus(sum, delay);
            delay = grown(delay);
            left--;
        }
        return Duration.ofMillis(plus(sum, times(cap, left)));
    }

    /** The queue in which mail waits for a delay: {@code mail.retry.} and the delay in its largest exact unit. */
    public static String queueName(Duration delay) {
        long millis = delay.toMillis();
        if (millis <= 0) {
            throw new IllegalArgumentException("delay " + delay + " (expected: >= 1 ms)");
        }
        String text;
        if (millis % MILLIS_PER_DAY == 0) {
            text = millis / MILLIS_PER_DAY + "d";
        } else if (millis % MILLIS_PER_HOUR == 0) {
            text = millis / MILLIS_PER_HOUR + "h";
        } else if (millis % MILLIS_PER_MINUTE == 0) {
            text = millis / MILLIS_PER_MINUTE + "m";
        } else if (millis % MILLIS_PER_SECOND == 0) {
            text = millis / MILLIS_PER_SECOND + "s";
        } else {
            text = millis + "ms";
        }
        return QueueNames.RETRY_PREFIX + text;
    }

    /** The delay that a queue's name states; empty if it is not the name of a retry queue. */
    public static Optional<Duration> delayOf(String queueName) {
        if (!queueName.startsWith(QueueNames.RETRY_PREFIX)) {
            return Optional.empty();
        }
        String text = queueName.substring(QueueNames.RETRY_PREFIX.length());
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        if (digits == 0 || digits > MAX_DIGITS) {
            return Optional.empty();
        }
        long unit = unit(text.substring(digits));
        long millis = times(Long.parseLong(text, 0, digits, 10), unit);
        return unit == 0 || millis == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
    }

    private static long unit(String name) {
        return switch (name) {
            case "ms" -> 1;
            case "s" -> MILLIS_PER_SECOND;
            case "m" -> MILLIS_PER_MINUTE;
            case "h" -> MILLIS_PER_HOUR;
            case "d" -> MILLIS_PER_DAY;
            default -> 0;
        };
    }

    private long grown(long delay) {
        double grown = delay * multiplier;
        // Whole milliseconds, and always more than before, or the cap would never be reached.
        return grown >= longest.toMillis() ? longest.toMillis() : Math.max(delay + 1, (long) grown);
    }

    private static long plus(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static long times(long a, long b) {
        return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }
}
