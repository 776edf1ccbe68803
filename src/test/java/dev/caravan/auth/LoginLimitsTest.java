package dev.caravan.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.MovingClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who may try again, and when. */
class LoginLimitsTest {
    private static final Duration WINDOW = Duration.ofMinutes(15);

    private final MovingClock clock = MovingClock.now();
    private final LoginLimits limits = new LoginLimits(
            new LoginLimits.Limits(5, 20, WINDOW, 1000),
            address -> address.getHostAddress().equals("192.0.2.80"),
            clock);

    private static InetAddress ip(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private boolean guess(String user, String address) {
        boolean isLookedAt = limits.begin(user, ip(address)).isEmpty();
        if (isLookedAt) {
            limits.failed(user, ip(address));
        }
        return isLookedAt;
    }

    private int guesses(String user, String address, int tries) {
        int lookedAt = 0;
        for (int i = 0; i < tries; i++) {
            lookedAt += guess(user, address) ? 1 : 0;
        }
        return lookedAt;
    }

    @Test
    void aUserHasFiveGuessesFromANetwork() {
        assertEquals(5, guesses("alice", "198.51.100.7", 50));
        assertEquals(Optional.of(LoginFailure.USER_LIMIT), limits.begin("ALICE", ip("198.51.100.200")));
        assertEquals(Optional.empty(), limits.begin("bob", ip("198.51.100.200")));
        assertEquals(Optional.empty(), limits.begin("alice", ip("198.51.101.7")));
    }

    @Test
    void aNetworkOfIpv6IsASlash56() {
        assertEquals(5, guesses("alice", "2001:db8:0:1::1", 50));
        assertEquals(Optional.of(LoginFailure.USER_LIMIT), limits.begin("alice", ip("2001:db8:0:ff::1")));
        assertEquals(Optional.empty(), limits.begin("alice", ip("2001:db8:0:100::1")));
    }

    @Test
    void anAddressHasTwentyGuessesWhoeverTheUsersAre() {
        int lookedAt = 0;
        for (int i = 0; i < 100; i++) {
            lookedAt += guess("user" + i, "198.51.100.7") ? 1 : 0;
        }
        assertEquals(20, lookedAt);
        assertEquals(Optional.of(LoginFailure.ADDRESS_LIMIT), limits.begin("alice", ip("198.51.100.7")));
        assertEquals(Optional.empty(), limits.begin("alice", ip("198.51.100.8")));
    }

    @Test
    void aTrustedAddressHasNoLimitOfItsOwn() {
        for (int i = 0; i < 100; i++) {
            assertTrue(guess("user" + i, "192.0.2.80"));
        }
        assertEquals(5, guesses("alice", "192.0.2.80", 50));
    }

    @Test
    void countsEmptyEvenly() {
        guesses("alice", "198.51.100.7", 50);
        clock.advance(WINDOW.dividedBy(5).plusSeconds(1));
        assertEquals(1, guesses("alice", "198.51.100.7", 50));
        clock.advance(WINDOW);
        assertEquals(5, guesses("alice", "198.51.100.7", 50));
    }

    @Test
    void aClockThatIsSetBackLocksNobodyOutForLonger() {
        guesses("alice", "198.51.100.7", 50);
        clock.advance(Duration.ofDays(-1));
        guesses("alice", "198.51.100.7", 50);
        clock.advance(Duration.ofDays(1).plus(WINDOW));
        assertEquals(5, guesses("alice", "198.51.100.7", 50));
    }

    @Test
    void successForgivesTheUsersMistakes() {
        guesses("alice", "198.51.100.7", 4);
        assertEquals(Optional.empty(), limits.begin("alice", ip("198.51.100.7")));
        limits.succeeded("alice", ip("198.51.100.7"));
        assertEquals(5, guesses("alice", "198.51.100.7", 50));
    }

    @Test
    void triesAtOnceDoNotPassTheLimit() {
        int begun = 0;
        for (int i = 0; i < 50; i++) {
            begun += limits.begin("alice", ip("198.51.100.7")).isEmpty() ? 1 : 0;
        }
        assertEquals(5, begun);
    }

    @Test
    void tryingInVainBecauseOfUsIsNoGuess() {
        for (int i = 0; i < 50; i++) {
            assertEquals(Optional.empty(), limits.begin("alice", ip("198.51.100.7")));
            limits.undecided("alice", ip("198.51.100.7"));
        }
    }

    @Test
    void answersComeLaterEachTime() {
        long[] millis = new long[5];
        for (int i = 0; i < 5; i++) {
            limits.begin("alice", ip("198.51.100.7"));
            millis[i] = limits.failed("alice", ip("198.51.100.7")).toMillis();
        }
        assertEquals("[500, 1000, 2000, 4000, 8000]", Arrays.toString(millis));
    }

    /** 10,000 guesses from 50 addresses, and as many from 50 networks. */
    @Test
    void anAttackCostsLittleAndLocksNobodyOut() {
        int looked = 0;
        for (int i = 0; i < 10_000; i++) {
            looked += guess("alice", "198.51.100." + (i % 50)) ? 1 : 0;
            looked += guess("alice", "10.0." + (i % 50) + ".1") ? 1 : 0;
        }
        assertEquals(5 + 50 * 5, looked);
        assertEquals(Optional.empty(), limits.begin("alice", ip("203.0.113.51")));
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 100_000; i++) {
            guess("user" + i, "10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
        }
        assertEquals(Optional.empty(), limits.begin("alice", ip("198.51.100.7")));
    }
}
