package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.acme.AcmeState.Issued;
import dev.caravan.acme.RenewalRules.Current;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RenewalRulesTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final List<String> NAMES = List.of("mx.example.org");

    private static Current issued(Instant at, int days, String... names) {
        return new Current(at, at.plus(Duration.ofDays(days)), "a1", Set.of(names));
    }

    private static Instant wanted(Optional<Current> current, Optional<Instant> asked) {
        return RenewalRules.wanted(NOW, current, NAMES, asked).at();
    }

    @Test
    void ordersAtOnceWithoutACertificateOrWithoutAName() {
        assertEquals(NOW, wanted(Optional.empty(), Optional.empty()));
        assertEquals(NOW, wanted(Optional.of(issued(NOW, 90, "other.example.org")), Optional.empty()));
        assertTrue(wanted(Optional.of(issued(NOW, 90, "MX.example.org", "more.example.org")), Optional.empty())
                .isAfter(NOW));
    }

    @Test
    void renewsAboutTwoThirdsThroughALife() {
        for (int days : new int[] {6, 45, 90, 365}) {
            Instant due = wanted(Optional.of(issued(NOW, days, "mx.example.org")), Optional.empty());
            double part = (double) Duration.between(NOW, due).toSeconds() / (days * 86_400);
            assertTrue(part > 0.63 && part <= 0.667, days + " days: " + part);
        }
    }

    @Test
    void followsItsAuthorityButNeverWaitsForTheEnd() {
        Optional<Current> current = Optional.of(issued(NOW, 90, "mx.example.org"));
        Instant early = NOW.plus(Duration.ofDays(3));
        assertEquals(early, wanted(current, Optional.of(early)));
        Instant late = NOW.plus(Duration.ofDays(80));
        assertEquals(late, wanted(current, Optional.of(late)));
        assertEquals(NOW.plus(Duration.ofDays(81)), wanted(current, Optional.of(NOW.plus(Duration.ofDays(89)))));
    }

    @Test
    void choosesTheSameTimeWithinAWindowAtEachLook() {
        Instant end = NOW.plus(Duration.ofDays(2));
        Instant one = RenewalRules.within(NOW, end, "7f");
        assertEquals(one, RenewalRules.within(NOW, end, "7f"));
        assertFalse(one.isBefore(NOW));
        assertFalse(one.isAfter(end));
        assertEquals(NOW, RenewalRules.within(NOW, NOW.minusSeconds(1), "7f"));
    }

    @Test
    void triesFourTimesAnHourAtMostWhateverRestarts() {
        AcmeState state = AcmeState.initial("s");
        for (int i = 0; i < 4; i++) {
            Instant at = NOW.minusSeconds(3000 - i * 60L);
            assertTrue(RenewalRules.allowed(at, state, "ca", NAMES).isBefore(at));
            // Other settings each time: no failure makes them wait.
            state = state.begun(at).failed(at.plusSeconds(900)).under("s" + i);
        }
        assertEquals(NOW.minusSeconds(3000).plusSeconds(3600), RenewalRules.allowed(NOW, state, "ca", NAMES));
    }

    @Test
    void hasFourCertificatesAWeekAtMostForTheSameNames() {
        AcmeState state = AcmeState.initial("s");
        for (int day = 0; day < 4; day++) {
            Instant at = NOW.minus(Duration.ofDays(6 - day));
            state = state.begun(at).succeeded(new Issued(at, "a" + day, "ca", "mx.example.org"));
        }
        assertEquals(NOW.plus(Duration.ofDays(1)), RenewalRules.allowed(NOW, state, "ca", NAMES));
        assertTrue(RenewalRules.allowed(NOW, state, "ca", List.of("mx.example.org", "two.example.org"))
                .isBefore(NOW));
        assertTrue(RenewalRules.allowed(NOW, state, "another ca", NAMES).isBefore(NOW));
    }

    @Test
    void waitsLongerAfterEachFailureUpToADay() {
        Random random = new Random(1);
        Optional<Instant> ends = Optional.of(NOW.plus(Duration.ofDays(30)));
        long[] minutes = {15, 30, 60, 120, 240, 480, 960, 1440, 1440};
        for (int failures = 1; failures <= minutes.length; failures++) {
            Instant next = RenewalRules.retry(NOW, failures, ends, Optional.empty(), random);
            double waited = Duration.between(NOW, next).toSeconds() / 60.0;
            double expected = minutes[failures - 1];
            assertTrue(waited >= 0.8 * expected && waited <= 1.2 * expected, failures + ": " + waited);
        }
    }

    @Test
    void triesMoreOftenTowardsTheEnd() {
        Instant next = RenewalRules.retry(
                NOW, 9, Optional.of(NOW.plus(Duration.ofHours(16))), Optional.empty(), new Random(1));
        assertTrue(next.isBefore(NOW.plus(Duration.ofMinutes(150))), next.toString());
        Instant without = RenewalRules.retry(NOW, 9, Optional.empty(), Optional.empty(), new Random(1));
        assertTrue(without.isAfter(NOW.plus(Duration.ofMinutes(45))), without.toString());
        assertTrue(without.isBefore(NOW.plus(Duration.ofMinutes(75))), without.toString());
    }

    @Test
    void waitsAsLongAsTheAuthorityAsksWithinReason() {
        Instant asked = NOW.plus(Duration.ofDays(2));
        assertEquals(asked, RenewalRules.retry(NOW, 1, Optional.empty(), Optional.of(asked), new Random(1)));
        assertEquals(
                NOW.plus(Duration.ofDays(8)),
                RenewalRules.retry(
                        NOW, 1, Optional.empty(), Optional.of(NOW.plus(Duration.ofDays(4000))), new Random(1)));
    }

    @Test
    void aClockThatWasAheadLeavesNothingToWaitFor() {
        Instant ahead = NOW.plus(Duration.ofDays(3650));
        AcmeState state = AcmeState.initial("s").begun(ahead).failed(ahead.plusSeconds(900));
        assertTrue(RenewalRules.allowed(NOW, state, "ca", NAMES).isBefore(NOW));
        assertEquals(List.of(NOW), state.begun(NOW).attempts());
    }

    @Test
    void readsWhatItWroteAndSurvivesDamage() {
        AcmeState state = AcmeState.initial("s")
                .withAccount(Optional.of("https://ca.example/a/1"))
                .begun(NOW)
                .succeeded(new Issued(NOW, "a1", "ca", "mx.example.org,two.example.org"))
                .begun(NOW.plusSeconds(5))
                .withOrder(Optional.of("https://ca.example/o/1"))
                .failed(NOW.plusSeconds(900));
        assertEquals(state, AcmeState.parse(state.text()));
        AcmeState damaged =
                AcmeState.parse("\0\0\nattempt: yesterday\nissued: x\nfailures: -3\nattempt: " + NOW + "\n");
        assertEquals(List.of(NOW), damaged.attempts());
        assertEquals(0, damaged.failures());
    }
}
