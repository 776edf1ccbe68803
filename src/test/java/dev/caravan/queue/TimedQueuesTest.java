package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimedQueuesTest {
    private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

    private static String later(String due) {
        return TimedQueues.LATER.queue(Instant.parse(due), NOON).orElse("due");
    }

    @Test
    void waitsInTheSlotOfItsTime() {
        assertEquals("due", later("2026-12-01T11:59:59Z"));
        assertEquals("due", later("2026-12-01T12:00:00Z"));
        assertEquals("mail.later.5s.01", later("2026-12-01T12:00:00.001Z"));
        assertEquals("mail.later.5s.02", later("2026-12-01T12:00:07Z"));
        assertEquals("mail.later.2m.01", later("2026-12-01T12:02:00Z"));
        assertEquals("mail.later.2m.29", later("2026-12-01T12:59:55Z"));
        assertEquals("mail.later.1h.13", later("2026-12-01T13:00:00Z"));
        assertEquals("mail.later.1h.11", later("2026-12-02T11:59:00Z"));
        assertEquals(
                "mail.retry.at.5s.02",
                TimedQueues.RETRY.queue(NOON.plusSeconds(10), NOON).orElseThrow());
    }

    @Test
    void namesAllItsQueues() {
        assertEquals(110, new HashSet<>(TimedQueues.LATER.queues()).size());
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            Instant due = NOON.plusSeconds(random.nextInt(100 * 86_400));
            String queue = TimedQueues.LATER.queue(due, NOON).orElse("mail.later.5s.00");
            assertTrue(TimedQueues.LATER.queues().contains(queue), queue);
            assertEquals(Optional.of(TimedQueues.LATER), TimedQueues.of(queue));
        }
        assertEquals(Optional.empty(), TimedQueues.of("mail.retry.15m"));
        assertEquals(Optional.of(QueueState.DEFERRED), QueueState.of("mail.retry.at.5s.00"));
        assertEquals(Optional.of(QueueState.LATER), QueueState.of("mail.later.1d.31"));
        assertEquals(Optional.empty(), RetrySchedule.delayOf("mail.retry.at.5s.00"));
    }

    /** Each second the queues whose time has begun are looked at, as the scheduler does. */
    @Test
    void letsEachMessageGoAtItsTime() {
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            Instant now = NOON.plusMillis(random.nextInt(100_000_000));
            long wait = (long) Math.exp(random.nextDouble() * Math.log(60.0 * 86_400_000)) + 1;
            Instant due = now.plusMillis(wait);
            String queue = TimedQueues.LATER.queue(due, now).orElseThrow();
            int moves = 0;
            while (!queue.isEmpty()) {
                Instant before = now;
                // Steps of a second near the end, else of a length that is no multiple of any slot.
                Duration left = Duration.between(now, due);
                now = now.plusMillis(left.compareTo(Duration.ofMinutes(10)) < 0 ? 1000 : 59_000);
                assertTrue(now.isBefore(due.plusSeconds(7)) || left.toMinutes() >= 10, "late: " + queue);
                if (TimedQueues.LATER.begun(before, now).contains(queue)) {
                    String next = TimedQueues.LATER.queue(due, now).orElse("");
                    assertFalse(next.equals(queue), "stays in " + queue);
                    assertTrue(!next.isEmpty() || !now.isBefore(due), "early");
                    queue = next;
                    moves++;
                }
            }
            assertTrue(moves <= 6, moves + " moves");
        }
    }

    @Test
    void looksAtEachQueueOnceAfterALongTime() {
        Set<String> all = TimedQueues.LATER.begun(NOON, NOON.plus(Duration.ofDays(100)));
        assertEquals(Set.copyOf(TimedQueues.LATER.queues()), all);
        assertEquals(Set.of(), TimedQueues.LATER.begun(NOON, NOON.plusMillis(4999)));
        assertEquals(Set.of("mail.later.5s.01"), TimedQueues.LATER.begun(NOON, NOON.plusMillis(5000)));
        assertEquals(Set.of(), TimedQueues.LATER.begun(NOON, NOON.minusSeconds(100)));
    }
}
