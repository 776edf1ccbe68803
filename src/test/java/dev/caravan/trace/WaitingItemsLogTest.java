package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.testkit.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class WaitingItemsLogTest {
    private static final String BUSY = "smtp:slow.example";

    private final MovingClock clock = new MovingClock(Instant.parse("2026-11-23T14:08:29Z"));
    private final WaitingItemsLog log = new WaitingItemsLog(clock);

    @Test
    void announcesTheFirstItemAtOnceAndOthersOnceAMinute() {
        assertEquals(OptionalInt.of(1), log.count(BUSY));
        for (int i = 0; i < 500; i++) {
            assertEquals(OptionalInt.empty(), log.count(BUSY));
        }
        clock.advance(Duration.ofMinutes(1));
        assertEquals(OptionalInt.of(501), log.count(BUSY));
        assertEquals(OptionalInt.empty(), log.count(BUSY));
    }

    @Test
    void countsEachDestinationByItself() {
        assertEquals(OptionalInt.of(1), log.count(BUSY));
        assertEquals(OptionalInt.of(1), log.count("smtp:other.example"));
    }

    @Test
    void isNotSilencedByAClockThatWasSetBack() {
        log.count(BUSY);
        clock.advance(Duration.ofDays(-1));
        assertEquals(OptionalInt.of(1), log.count(BUSY));
    }

    @Test
    void forgetsTheDestinationThatWaitedLongestAgo() {
        log.count(BUSY);
        for (int i = 0; i < 1000; i++) {
            log.count("smtp:d" + i + ".example");
        }
        assertEquals(OptionalInt.of(1), log.count(BUSY));
    }
}
