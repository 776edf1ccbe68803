package dev.caravan.source.mailbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MailboxPausesTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final MailboxPauses pauses = new MailboxPauses(Duration.ofMinutes(1), Duration.ofMinutes(6), nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void growWithEachFailure() {
        assertTrue(pauses.isDue("a"));
        assertEquals(Duration.ofMinutes(1), pauses.failed("a"));
        assertFalse(pauses.isDue("a"));
        assertTrue(pauses.isDue("b"));
        pass(Duration.ofMinutes(1));
        assertTrue(pauses.isDue("a"));
        assertEquals(Duration.ofMinutes(2), pauses.failed("a"));
        assertEquals(Duration.ofMinutes(4), pauses.failed("a"));
        assertEquals(Duration.ofMinutes(6), pauses.failed("a"));
        assertEquals(Duration.ofMinutes(6), pauses.failed("a"));
        pass(Duration.ofMinutes(5));
        assertFalse(pauses.isDue("a"));
    }

    @Test
    void doNotGrowWhenItIsOurFault() {
        assertEquals(Duration.ofMinutes(1), pauses.postponed("a"));
        assertEquals(Duration.ofMinutes(1), pauses.postponed("a"));
    }

    @Test
    void areLongAtOnceForWhatDoesNotChange() {
        assertEquals(Duration.ofMinutes(6), pauses.failedForLong("a"));
    }

    @Test
    void rememberWhatWasTaken() {
        assertFalse(pauses.isTaken("a"));
        pauses.taken("a");
        pauses.failed("a");
        assertTrue(pauses.isTaken("a"));
        assertTrue(pauses.isKnown("a"));
    }

    @Test
    void endWithTheMessage() {
        pauses.failed("a");
        pauses.failed("b");
        pauses.retain(Set.of("b", "c"));
        assertEquals(1, pauses.size());
        assertTrue(pauses.isDue("a"));
    }

    @Test
    void areNeverShorterThanTheFirst() {
        MailboxPauses rare = new MailboxPauses(Duration.ofDays(1), Duration.ofHours(1), nanos::get);
        assertEquals(Duration.ofDays(1), rare.failed("a"));
    }
}
