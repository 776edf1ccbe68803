package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WaitingMailPacerTest {
    private static final int TICKS = 30;
    private static final int ENOUGH = 100;

    private final WaitingMailPacer pace = new WaitingMailPacer(TICKS);

    @Test
    void letsAHundredGoWhateverWaits() {
        assertEquals(ENOUGH, pace.allowance(false));
        pace.released(3);
        assertEquals(ENOUGH, pace.allowance(false));
    }

    @Test
    void letsFewGoWhileOtherMailStandsInLineAndLessAfterThat() {
        assertEquals(WaitingMailPacer.FEW, pace.allowance(true));
        assertEquals(WaitingMailPacer.FEW, pace.allowance(true));
        assertEquals(ENOUGH / 2, pace.allowance(false));
        assertEquals(ENOUGH, pace.allowance(false));
    }

    @Test
    void findsOutWhatTheConsumersCanTake() {
        // They take 60 in a tick, and thousands wait.
        int line = 0;
        int gone = 0;
        for (int tick = 0; tick < 1000; tick++) {
            line = Math.max(0, line - 60);
            int now = pace.allowance(line > 0);
            pace.released(now);
            line += now;
            gone += now;
            assertTrue(line <= 240, line + " stand in line");
        }
        assertTrue(gone > 1000 * 30, gone + " went");
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
            int gone = Math.min(waiting, pace.allowance(false));
            pace.released(gone);
            waiting -= gone;
            due[tick + TICKS] += gone;
            if (tick > 500) {
                largest = Math.max(largest, gone);
                least = Math.min(least, gone);
            }
        }
        assertTrue(largest <= WaitingMailPacer.MOST, largest + " at most");
        assertTrue(least >= ENOUGH, least + " at least");
    }

    @Test
    void forgetsWhatWasMuch() {
        for (int i = 0; i < TICKS; i++) {
            pace.allowance(false);
            pace.released(400);
        }
        assertEquals(WaitingMailPacer.MOST, pace.allowance(false));
        for (int i = 0; i < TICKS; i++) {
            pace.released(0);
        }
        assertEquals(ENOUGH, pace.allowance(false));
    }
}
