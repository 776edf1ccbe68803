package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final Copy FIRST = new Copy("one", "a@x.test");
    private static final Copy SECOND = new Copy("one", "b@x.test");

    private final Ledger ledger = new Ledger();

    @Test
    void countsEachRecipientOfAnAcknowledgedMail() {
        ledger.sending("one", List.of("a@x.test", "b@x.test", "c@x.test", "d@x.test"));
        ledger.acknowledged("one");
        assertFalse(ledger.isComplete());
        ledger.arrived(FIRST);
        ledger.bounced(SECOND);
        ledger.queued(new Copy("one", "c@x.test"));
        assertEquals(new Tally(4, 1, 1, 1, 1, 0, 0, 0, 0, 0), ledger.account().tally());
        assertEquals(1, ledger.account().faults().size());
        assertFalse(ledger.account().tally().isSound());
    }

    @Test
    void losesNothingThatWasNotAcknowledged() {
        ledger.sending("one", List.of("a@x.test"));
        assertEquals(Tally.NONE, ledger.account().tally());
        ledger.refused("one");
        assertEquals(Tally.NONE, ledger.account().tally());
        assertTrue(ledger.isComplete());
    }

    @Test
    void tellsWhatWasKeptWithoutA250() {
        ledger.sending("one", List.of("a@x.test"));
        ledger.arrived(FIRST);
        assertEquals(1, ledger.account().tally().unheard());
        ledger.refused("one");
        assertEquals(1, ledger.account().tally().doubtful());
        assertEquals(0, ledger.account().tally().unheard());
    }

    @Test
    void forgivesTheCopyThatFollowsOneWithoutReply() {
        acknowledge();
        ledger.takenSilently(FIRST, 10, 20);
        ledger.taken(FIRST, 30, 40);
        assertEquals(1, ledger.account().tally().explained());
        ledger.taken(FIRST, 50, 60);
        assertEquals(1, ledger.account().tally().duplicated());
    }

    @Test
    void forgivesTheCopyThatFollowsAKill() {
        acknowledge();
        ledger.taken(FIRST, 10, 20);
        ledger.taken(FIRST, 50, 60);
        assertEquals(1, ledger.account().tally().duplicated());
        ledger.killed(25, 30, 1);
        assertEquals(1, ledger.account().tally().explained());
        assertEquals(0, ledger.account().tally().duplicated());
    }

    @Test
    void explainsNothingByAKillBeforeOrTheLongAfter() {
        acknowledge();
        ledger.taken(FIRST, 10, 20);
        ledger.taken(FIRST, 50, 60);
        ledger.killed(5, 19, 1);
        ledger.killed(55, 70, 1);
        assertEquals(1, ledger.account().tally().duplicated());
    }

    @Test
    void explainsNothingThatWasDoneWithLongBeforeTheKill() {
        acknowledge();
        ledger.taken(FIRST, 10, 20);
        long late = 21 + Ledger.LONGEST_IN_HAND_NANOS;
        ledger.killed(late, late, 1);
        ledger.taken(FIRST, late + 1, late + 2);
        assertEquals(1, ledger.account().tally().duplicated());
    }

    @Test
    void explainsNoMoreMailsThanWereInHand() {
        ledger.killed(25, 30, 2);
        for (String mail : List.of("one", "two", "three")) {
            ledger.sending(mail, List.of("a@x.test", "b@x.test"));
            ledger.acknowledged(mail);
            for (String recipient : List.of("a@x.test", "b@x.test")) {
                ledger.taken(new Copy(mail, recipient), 10, 20);
                ledger.taken(new Copy(mail, recipient), 50, 60);
            }
        }
        assertEquals(4, ledger.account().tally().explained());
        assertEquals(2, ledger.account().tally().duplicated());
    }

    @Test
    void countsABounceOfWhatWasDeliveredAsACopy() {
        acknowledge();
        ledger.taken(FIRST, 10, 20);
        ledger.bounced(FIRST);
        assertEquals(1, ledger.account().tally().duplicated());
        assertEquals(1, ledger.account().tally().delivered());
    }

    @Test
    void complainsOfWhatNobodySent() {
        ledger.arrived(FIRST);
        assertEquals(1, ledger.account().faults().size());
    }

    @Test
    void addsRoundsUpOverSeveralRuns(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("results/rounds.csv");
        acknowledge();
        ledger.arrived(FIRST);
        ledger.waited("one", 2_500_000_000L);
        new RoundFile(file).add("kill", 1, ledger.account().tally());
        new RoundFile(file).add("kill", 2, ledger.account().tally());
        new RoundFile(file).add("other", 3, Tally.NONE);
        RoundFile.Sum sum = new RoundFile(file).sums().get("kill");
        assertEquals(2, sum.rounds());
        assertEquals(new Tally(2, 2, 0, 0, 0, 0, 0, 0, 0, 2500), sum.tally());
        assertTrue(
                new RoundFile(file).table().contains("\n| kill | 2 | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 2.5 s |\n"));
    }

    private void acknowledge() {
        ledger.sending("one", List.of("a@x.test"));
        ledger.acknowledged("one");
    }
}
