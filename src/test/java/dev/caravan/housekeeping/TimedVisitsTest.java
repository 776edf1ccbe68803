package dev.caravan.housekeeping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.TimedQueues;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimedVisitsTest {
    private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");
    private static final int ALL =
            TimedQueues.LATER.queues().size() + TimedQueues.RETRY.queues().size();

    private final TimedVisits visits = new TimedVisits();

    private List<String> lookAndFindNothing(Instant now) {
        List<String> due = visits.due(now);
        due.forEach(queue -> visits.looked(queue, false));
        return due;
    }

    @Test
    void looksAtAllAtFirstAndThenWhenTheirTimeBegins() {
        for (int i = 0; i < TimedVisits.LOOKS; i++) {
            assertEquals(ALL, lookAndFindNothing(NOON).size());
        }
        assertEquals(List.of(), lookAndFindNothing(NOON.plusSeconds(4)));
        for (int i = 0; i < TimedVisits.LOOKS; i++) {
            assertEquals(
                    Set.of("mail.later.5s.01", "mail.retry.at.5s.01"),
                    Set.copyOf(lookAndFindNothing(NOON.plusSeconds(5))));
        }
        assertEquals(List.of(), lookAndFindNothing(NOON.plusSeconds(6)));
    }

    @Test
    void aQueueWithManyMessagesWaitsForTheOthers() {
        while (!lookAndFindNothing(NOON).isEmpty()) {
            // Nothing waits.
        }
        List<String> due = visits.due(NOON.plusSeconds(5));
        visits.looked(due.get(0), true);
        assertEquals(due.get(0), visits.due(NOON.plusSeconds(6)).get(due.size() - 1));
    }

    @Test
    void expectsThatQueuesAreAnnouncedLate() {
        for (int i = 0; i < TimedVisits.TURNS; i++) {
            List<String> due = visits.due(NOON);
            assertEquals(ALL, due.size());
            due.forEach(visits::missed);
        }
        assertEquals(List.of(), visits.due(NOON));
        assertEquals(ALL, visits.due(NOON.plusSeconds(600)).size());
    }

    @Test
    void looksAgainAsLongAsThereIsMore() {
        while (!lookAndFindNothing(NOON).isEmpty()) {
            // Nothing waits.
        }
        visits.due(NOON.plusSeconds(5));
        for (int i = 0; i < 20; i++) {
            assertTrue(visits.due(NOON.plusSeconds(6)).contains("mail.later.5s.01"));
            visits.looked("mail.later.5s.01", true);
        }
    }

    @Test
    void looksAtAllWhenTheClockIsSetBackAndAtAllThatAJumpForwardPassed() {
        while (!lookAndFindNothing(NOON).isEmpty()) {
            // Nothing waits.
        }
        assertEquals(ALL, lookAndFindNothing(NOON.plus(Duration.ofDays(400))).size());
        assertEquals(ALL, lookAndFindNothing(NOON).size());
    }
}
