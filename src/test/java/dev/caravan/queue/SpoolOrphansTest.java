package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpoolOrphansTest {
    private static final Instant BEGAN = Instant.parse("2026-01-31T10:15:30Z");
    private static final Instant OLD = BEGAN.minus(SpoolOrphans.GRACE);
    private static final ItemId ONE = new ItemId(ItemExamples.ID, "1");

    @Test
    void removesWhatNeitherWalkNamed() {
        assertEquals(List.of(ONE.toString()), orphans(ONE.toString(), OLD, Set.of(), Set.of()));
        assertEquals(List.of("tmp-1"), orphans("tmp-1", OLD, Set.of(), Set.of()));
    }

    @Test
    void keepsWhatEitherWalkNamed() {
        assertEquals(List.of(), orphans(ONE.toString(), OLD, Set.of(ONE), Set.of()));
        assertEquals(List.of(), orphans(ONE.toString(), OLD, Set.of(), Set.of(ONE)));
    }

    @Test
    void keepsWhatChangedWithinTheHour() {
        assertEquals(List.of(), orphans(ONE.toString(), OLD.plusMillis(1), Set.of(), Set.of()));
        assertEquals(List.of(), orphans("tmp-1", BEGAN.plusSeconds(9), Set.of(), Set.of()));
    }

    @Test
    void keepsFilesOfOthers() {
        for (String name : List.of("README", ".nfs0001", "01K7Q3ZV8GABCDEF", "01K7Q3ZV8GABCDEF.1.bak")) {
            assertEquals(List.of(), orphans(name, OLD, Set.of(), Set.of()), name);
        }
    }

    private static List<String> orphans(String name, Instant changedAt, Set<ItemId> first, Set<ItemId> second) {
        return SpoolOrphans.orphans(
                List.of(new SpoolOrphans.SpoolFile(name, changedAt)), new SpoolOrphans.Scans(BEGAN, first, second));
    }
}
