package dev.caravan.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuantityTest {
    @Test
    void readsSizes() {
        assertEquals(Optional.of(1000L), Quantity.octets("1000"));
        assertEquals(Optional.of(256L << 10), Quantity.octets("256KiB"));
        assertEquals(Optional.of(50L << 20), Quantity.octets(" 50 MiB "));
        assertEquals(Optional.of(2L << 30), Quantity.octets("2g"));
        assertEquals(Optional.of(0L), Quantity.octets("0"));
    }

    @Test
    void refusesSizesThatMeanNothing() {
        for (String text : new String[] {"", "-1", "1.5MiB", "MiB", "10 apples", "10MB", "0x10", "１０", "1e3"}) {
            assertEquals(Optional.empty(), Quantity.octets(text), text);
        }
    }

    @Test
    void refusesSizesBeyondAllNumbers() {
        assertEquals(Optional.empty(), Quantity.octets("9999999999999999999999"));
        assertEquals(Optional.empty(), Quantity.octets("999999999999999GiB"));
        assertEquals(Optional.empty(), Quantity.octets("8589934592GiB"));
        assertEquals(Optional.of(Long.MAX_VALUE >> 30 << 30), Quantity.octets("8589934591GiB"));
    }

    @Test
    void readsDurations() {
        assertEquals(Optional.of(Duration.ofMillis(5)), Quantity.duration("5ms"));
        assertEquals(Optional.of(Duration.ofSeconds(30)), Quantity.duration("30s"));
        assertEquals(Optional.of(Duration.ofMinutes(15)), Quantity.duration("15m"));
        assertEquals(Optional.of(Duration.ofHours(4)), Quantity.duration("4h"));
        assertEquals(Optional.of(Duration.ofDays(7)), Quantity.duration("7 d"));
    }

    @Test
    void refusesDurationsWithoutAUnitOrBeyondAllClocks() {
        for (String text : new String[] {"", "15", "15 minutes", "-1s", "P1D", "999999999999999d", "10675200d"}) {
            assertEquals(Optional.empty(), Quantity.duration(text), text);
        }
    }

    @Test
    void readsWholeNumbers() {
        assertEquals(Optional.of(20L), Quantity.whole("20"));
        assertEquals(Optional.empty(), Quantity.whole("20k"));
        assertEquals(Optional.empty(), Quantity.whole("twenty"));
    }
}
