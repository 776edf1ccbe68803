package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Throttle throttle = new Throttle(new Throttle.Rate(3, Duration.ofMinutes(1)), 10);

    @Test
    void letsSoManyPassAtOnceAndThenEvenly() {
        assertEquals(3, passes("a", START, 5));
        assertEquals(0, passes("a", START.plusSeconds(19), 5));
        assertEquals(1, passes("a", START.plusSeconds(20), 5));
        assertEquals(2, passes("a", START.plusSeconds(60), 5));
        assertEquals(3, passes("a", START.plusSeconds(3600), 5));
    }

    @Test
    void countsEachKeyApart() {
        assertEquals(3, passes("a", START, 5));
        assertEquals(3, passes("b", START, 5));
    }

    @Test
    void aClockThatIsSetBackGivesNothing() {
        assertEquals(3, passes("a", START, 5));
        assertEquals(0, passes("a", START.minusSeconds(3600), 5));
    }

    @Test
    void remembersNoMoreThanSoManyAndForgetsThoseThatAreQuiet() {
        assertEquals(3, passes("noisy", START, 5));
        for (int i = 0; i < 1000; i++) {
            throttle.mayPass("other" + i, START);
            assertFalse(throttle.mayPass("noisy", START), "who is noisy is not forgotten");
        }
        assertEquals(10, throttle.size());
    }

    @Test
    void refusesRatesThatMakeNoSense() {
        for (int count : new int[] {0, -1, 1_000_001}) {
            assertThrows(IllegalArgumentException.class, () -> new Throttle.Rate(count, Duration.ofMinutes(1)));
        }
        for (Duration period : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(2)}) {
            assertThrows(IllegalArgumentException.class, () -> new Throttle.Rate(1, period));
        }
    }

    @Test
    void takesAnIpv6SiteForOneClient() throws UnknownHostException {
        assertEquals(key("2001:db8::1"), key("2001:db8::2:0:0:1"));
        assertNotEquals(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assertNotEquals(key("192.0.2.1"), key("192.0.2.2"));
        assertEquals(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    }

    private static String key(String address) throws UnknownHostException {
        return Throttle.key(InetAddress.getByName(address));
    }

    private int passes(String key, Instant now, int tries) {
        int passed = 0;
        for (int i = 0; i < tries; i++) {
            passed += throttle.mayPass(key, now) ? 1 : 0;
        }
        assertTrue(passed <= tries);
        return passed;
    }
}
