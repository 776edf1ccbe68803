package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuspensionTest {
    private static final Instant NOW = Instant.parse("2026-01-31T10:15:30Z");

    @TempDir
    private Path spool;

    @Test
    void countsWhatIsOverAndWhatLasts() {
        Suspension begun = Suspension.NONE.begun(NOW);
        assertEquals(begun, begun.begun(NOW.plusSeconds(60)));
        assertEquals(Duration.ofHours(1), begun.until(NOW.plusSeconds(3600)));
        Suspension ended = begun.ended(NOW.plusSeconds(3600));
        assertEquals(ended, ended.ended(NOW.plusSeconds(9999)));
        assertEquals(Duration.ofMinutes(90), ended.begun(NOW.plusSeconds(7200)).until(NOW.plusSeconds(7200 + 1800)));
        // The clock was set back.
        assertEquals(Duration.ZERO, begun.until(NOW.minusSeconds(60)));
    }

    @Test
    void isKeptWithTheItem() throws Exception {
        for (Suspension suspension : new Suspension[] {
            Suspension.NONE,
            Suspension.NONE.begun(NOW),
            new Suspension(Duration.ofDays(3), Optional.empty()),
            new Suspension(Duration.ofSeconds(1), Optional.of(NOW))
        }) {
            QueueItem item = ItemExamples.plain();
            QueueItem suspended = item.withProgress(item.progress().with(suspension));
            assertEquals(
                    suspended.progress(), ItemExamples.reread(suspended, spool).progress());
        }
    }

    /** A server that does not know the attribute keeps it, and only gives the message up sooner. */
    @Test
    void isNoCriticalAttribute() {
        assertFalse(UnknownAttribute.isCritical(ItemLines.SUSPENDED));
    }
}
