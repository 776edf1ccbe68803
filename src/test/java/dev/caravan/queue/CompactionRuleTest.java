package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompactionRuleTest {
    @ParameterizedTest(name = "{4}")
    @CsvSource({
        "PT1M,  PT0S,  511, false, a store that hardly grows is left alone",
        "PT1M,  PT0S,  512, true, a store that grows is not",
        "PT5H,  PT0S,  0, false, also for hours",
        "PT6H,  PT0S,  0, true, but not for ever: what a pass displaced comes in order again",
        "PT14M, PT0S,  , false, a store whose size is not known: now and then",
        "PT15M, PT0S,  , true, as often as mail is tried again",
        "PT15M, PT10S, 9999, false, a pass that took long is not followed by another at once",
        "PT17M, PT10S, 9999, true, but later",
        "-PT1M, PT10S, 0, true, a clock that was set back stops nothing",
    })
    void beginsAPass(Duration since, Duration took, Long grownMib, boolean expected, String why) {
        Optional<Long> grown = Optional.ofNullable(grownMib).map(mib -> mib << 20);
        assertEquals(expected, CompactionRule.DEFAULT.isDue(since, took, grown), why);
    }

    @Test
    void isPositive() {
        Duration hour = Duration.ofHours(1);
        assertThrows(IllegalArgumentException.class, () -> new CompactionRule(0, hour, hour, 100));
        assertThrows(IllegalArgumentException.class, () -> new CompactionRule(1, hour, hour, 0));
        assertThrows(IllegalArgumentException.class, () -> new CompactionRule(1, Duration.ZERO, hour, 100));
        assertThrows(IllegalArgumentException.class, () -> new CompactionRule(1, hour, Duration.ofMinutes(1), 100));
    }
}
