package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void givesUpAfterExactlyFiveDaysByDefault() {
        RetrySchedule policy = new RetrySchedule(Duration.ofMinutes(15), Duration.ofMinutes(15), 1, MINUTE, 480);
        assertEquals(Duration.ofDays(5), policy.giveUpAfter());
        assertEquals(Duration.ofDays(5), RetrySchedule.DEFAULT.giveUpAfter());
        assertEquals(Duration.ofMinutes(15), RetrySchedule.DEFAULT.delayAfter(480));
    }

    @Test
    void waitsTheFirstDelayOnce() {
        RetrySchedule schedule = new RetrySchedule(MINUTE, Duration.ofMinutes(10), 1, MINUTE, 3);
        assertEquals(MINUTE, schedule.delayAfter(0));
        assertEquals(MINUTE, schedule.delayAfter(1));
        assertEquals(Duration.ofMinutes(10), schedule.delayAfter(2));
        assertEquals(Duration.ofMinutes(21), schedule.giveUpAfter());
    }

    @Test
    void multipliesUpToTheCap() {
        RetrySchedule schedule = new RetrySchedule(MINUTE, MINUTE, 2, Duration.ofMinutes(5), 6);
        List<Long> minutes = List.of(1L, 2L, 4L, 5L, 5L, 5L);
        for (int made = 1; made <= 6; made++) {
            assertEquals(Duration.ofMinutes(minutes.get(made - 1)), schedule.delayAfter(made));
        }
        assertEquals(Duration.ofMinutes(22), schedule.giveUpAfter());
    }

    @Test
    void namesEachDelayOnce() {
        assertEquals(Set.of(Duration.ofMinutes(15)), RetrySchedule.DEFAULT.delays());
        assertEquals(
                Set.of(MINUTE, Duration.ofMinutes(10)),
                new RetrySchedule(MINUTE, Duration.ofMinutes(10), 1, MINUTE, Integer.MAX_VALUE).delays());
        RetrySchedule growing = new RetrySchedule(MINUTE, MINUTE, 2, Duration.ofMinutes(5), 480);
        assertEquals(
                Set.of(MINUTE, Duration.ofMinutes(2), Duration.ofMinutes(4), Duration.ofMinutes(5)), growing.delays());
        assertEquals(Set.of(MINUTE), new RetrySchedule(MINUTE, MINUTE, 1, MINUTE, 0).delays());
    }

    @Test
    void sumsWhatItWaits() {
        for (double multiplier : new double[] {1, 1.01, 1.5, 3, 1000}) {
            for (int attempts = 0; attempts < 40; attempts++) {
                RetrySchedule schedule = new RetrySchedule(
                        Duration.ofMillis(7), Duration.ofMillis(11), multiplier, Duration.ofMillis(977), attempts);
                Duration sum = Duration.ZERO;
                for (int made = 1; made <= attempts; made++) {
                    sum = sum.plus(schedule.delayAfter(made));
                }
                assertEquals(sum, schedule.giveUpAfter(), multiplier + " x " + attempts);
            }
        }
    }

    @Test
    void neverOverflows() {
        Duration most = Duration.ofMillis(Long.MAX_VALUE);
        assertEquals(most, new RetrySchedule(most, most, 1, most, Integer.MAX_VALUE).giveUpAfter());
        assertEquals(most, new RetrySchedule(MINUTE, MINUTE, 1.01, most, Integer.MAX_VALUE).giveUpAfter());
        assertEquals(most, new RetrySchedule(MINUTE, MINUTE, 1000, most, 500).delayAfter(Integer.MAX_VALUE));
    }

    @Test
    void refusesWhatIsNoSchedule() {
        Duration none = Duration.ZERO;
        assertThrows(IllegalArgumentException.class, () -> new RetrySchedule(none, MINUTE, 1, MINUTE, 1));
        assertThrows(IllegalArgumentException.class, () -> new RetrySchedule(MINUTE, none, 1, MINUTE, 1));
        assertThrows(IllegalArgumentException.class, () -> new RetrySchedule(MINUTE, MINUTE, 0.5, MINUTE, 1));
        assertThrows(IllegalArgumentException.class, () -> new RetrySchedule(MINUTE, MINUTE, Double.NaN, MINUTE, 1));
        assertThrows(IllegalArgumentException.class, () -> new RetrySchedule(MINUTE, MINUTE, 1, MINUTE, -1));
        assertThrows(
                IllegalArgumentException.class, () -> new RetrySchedule(Duration.ofNanos(1), MINUTE, 1, MINUTE, 1));
    }

    @Test
    void namesQueuesByTheLargestExactUnit() {
        Map<String, Duration> names = Map.of(
                "mail.retry.15m", Duration.ofMinutes(15),
                "mail.retry.30s", Duration.ofSeconds(30),
                "mail.retry.1h", Duration.ofMinutes(60),
                "mail.retry.90s", Duration.ofSeconds(90),
                "mail.retry.1500ms", Duration.ofMillis(1500),
                "mail.retry.2d", Duration.ofDays(2));
        names.forEach((name, delay) -> {
            assertEquals(name, RetrySchedule.queueName(delay));
            assertEquals(Optional.of(delay), RetrySchedule.delayOf(name));
        });
    }

    @Test
    void seesNoDelayInOtherNames() {
        for (String name : List.of(
                "mail.dead",
                "mail.retry.",
                "mail.retry.m",
                "mail.retry.15",
                "mail.retry.0s",
                "mail.retry.15x",
                "mail.retry.-1s",
                "mail.retry.15m.x",
                "mail.retry.99999999999999999999s",
                "xmail.retry.15m")) {
            assertEquals(Optional.empty(), RetrySchedule.delayOf(name), name);
        }
    }
}
