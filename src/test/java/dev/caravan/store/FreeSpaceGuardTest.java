package dev.caravan.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When there is too little room: by share and by what is left. */
class FreeSpaceGuardTest {
    private static final long MIB = 1L << 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        // A large disk, mostly used by others: enough is left.
        "1000000, 20000, false",
        "1000000, 1023, true",
        // A small disk with little on it, and one that is nearly full.
        "800, 700, false",
        "800, 100, true",
        // At the limits themselves there is room.
        "2000, 300, false",
        "2000, 299, true",
        "1000000, 1024, false",
        // A disk that does not tell.
        "0, 0, false"
    })
    void aDiskIsFullWhenLittleIsLeftByShareAndByOctets(long total, long free, boolean isFull) {
        FreeSpaceGuard.Limits limits = new FreeSpaceGuard.Limits(85, 1024 * MIB);
        assertEquals(isFull, FreeSpaceGuard.isFull(total * MIB, free * MIB, limits));
    }

    @Test
    void theStoreOfTheBrokerCountsByShareAlone() {
        FreeSpaceGuard.Limits limits = new FreeSpaceGuard.Limits(85, 1);
        assertTrue(new FreeSpaceGuard(Set.of(folder), limits, () -> 86).isFull());
        assertFalse(new FreeSpaceGuard(Set.of(folder), limits, () -> 85).isFull());
    }
}
