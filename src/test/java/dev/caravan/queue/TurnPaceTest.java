package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TurnPaceTest {
    private static final int TICKS = 30;

    private final TurnPace pace = new TurnPace(TICKS);

    @Test
    void letsALittleGoAtOnce() {
        assertEquals(TurnPace.LEAST, pace.allowance());
        pace.went(3);
        assertEquals(TurnPace.LEAST, pace.allowance());
    }

    @Test
    void spreadsMuchOverTheTimeItWaits() {
        // Ten thousand come back at once, and again as long after as they wait.
        int[] due = new int[1000];
        due[0] = 10_000;
        int waiting = 0;
        int largest = 0;
        int least = Integer.MAX_VALUE;
        for (int tick = 0; tick + TICKS < due.length; tick++) {
            waiting += due[tick];
            int gone = Math.min(waiting, pace.allowance());
            pace.went(gone);
            waiting -= gone;
            due[tick + TICKS] += gone;
            if (tick > 500) {
                largest = Math.max(largest, gone);
                least = Math.min(least, gone);
            }
        }
        assertTrue(largest <= TurnPace.MOST, largest + " at most");
        assertTrue(least >= TurnPace.LEAST, least + " at least");
    }

    @Test
    void forgetsWhatWasMuch() {
        for (int i = 0; i < TICKS; i++) {
            pace.went(400);
        }
        assertEquals(TurnPace.MOST, pace.allowance());
        for (int i = 0; i < TICKS; i++) {
            pace.went(0);
        }
        assertEquals(TurnPace.LEAST, pace.allowance());
    }
}
