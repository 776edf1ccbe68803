package dev.caravan.housekeeping;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RetryTurnsTest {
    private static final String SMTP = "mail.deliver.smtp";
    private static final String HTTP = "mail.deliver.http";
    private static final int GROUP = RetryTurns.GROUP;

    private final RetryTurns turns = new RetryTurns();
    private long nanos = 7;
    private long millis = 1000;

    private int room(String queue) {
        return turns.room(queue, nanos);
    }

    private long moved(String queue, int count) {
        millis += 10;
        nanos += Duration.ofMillis(10).toNanos();
        turns.moved(queue, count, millis, nanos);
        return millis;
    }

    private void first(long sentMillis) {
        turns.sawFirst(SMTP, OptionalLong.of(sentMillis));
    }

    @Test
    void letsNoMoreThanAWindowWait() {
        assertEquals(GROUP, room(SMTP));
        moved(SMTP, GROUP);
        assertEquals(GROUP, room(SMTP));
        moved(SMTP, GROUP);
        assertEquals(0, room(SMTP));
        assertEquals(GROUP, room(HTTP), "each queue has its own turns");
    }

    @Test
    void countsWhatFillsTheWindowOnlyInPart() {
        moved(SMTP, GROUP);
        moved(SMTP, GROUP - 10);
        assertEquals(10, room(SMTP));
    }

    @Test
    void movesAGroupAsSoonAsTheOneBeforeTheLastHasBeenTaken() {
        long one = moved(SMTP, GROUP);
        long two = moved(SMTP, GROUP);
        first(one);
        assertEquals(0, room(SMTP), "one of the first group is there");
        first(one + 1);
        assertEquals(GROUP, room(SMTP));
        moved(SMTP, GROUP);
        first(two);
        assertEquals(0, room(SMTP));
        first(millis + 1);
        assertEquals(GROUP, room(SMTP));
    }

    @Test
    void anEmptyQueueTakesAllAgain() {
        moved(SMTP, GROUP);
        moved(SMTP, GROUP);
        turns.sawFirst(SMTP, OptionalLong.empty());
        assertEquals(GROUP, room(SMTP));
        assertEquals(false, turns.isWaitingFor(SMTP));
    }

    @Test
    void aQueueThatNobodyEmptiesGetsAWindowEachSecond() {
        moved(SMTP, GROUP);
        moved(SMTP, GROUP);
        nanos += RetryTurns.LONGEST_WAIT.toNanos() - 1;
        assertEquals(0, room(SMTP));
        nanos++;
        assertEquals(GROUP, room(SMTP));
        moved(SMTP, GROUP);
        moved(SMTP, GROUP);
        assertEquals(0, room(SMTP));
    }

    @Test
    void forgetsQueuesBeyondAThousand() {
        for (int i = 0; i < 1001; i++) {
            moved("mail.deliver." + i, GROUP);
        }
        assertEquals(false, turns.isWaitingFor("mail.deliver.0"));
        assertEquals(true, turns.isWaitingFor("mail.deliver.1"));
    }
}
