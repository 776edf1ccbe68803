package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class DeadHostCacheTest {
    private static final Duration TIME = Duration.ofMinutes(10);
    private static final InetSocketAddress A = new InetSocketAddress("127.0.0.1", 25);
    private static final InetSocketAddress OTHER_PORT = new InetSocketAddress("127.0.0.1", 26);

    private Instant now = Instant.parse("2026-01-31T10:15:30Z");
    private final DeadHostCache memory = new DeadHostCache(
            new Clock() {
                @Override
                public Instant instant() {
                    return now;
                }

                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }
            },
            TIME);

    @Test
    void takesAHostForDeadForItsTime() {
        memory.failed(A, "refused");
        assertEquals(
                new DeadHostCache.Unreachable(now, now.plus(TIME), "refused"),
                memory.unreachable(A).orElseThrow());
        assertTrue(memory.unreachable(OTHER_PORT).isEmpty());
        now = now.plus(TIME).minusMillis(1);
        assertTrue(memory.unreachable(A).isPresent());
        now = now.plusMillis(1);
        assertTrue(memory.unreachable(A).isEmpty());
        assertFalse(memory.isKnown(A));
    }

    @Test
    void triesAtOnceAHostThatWouldBeDeadForLongerThanANewTime() {
        memory.failed(A, "refused");
        memory.failed(OTHER_PORT, "refused");
        memory.treatAsDeadFor(TIME.plusMinutes(1));
        assertTrue(memory.unreachable(A).isPresent());
        memory.treatAsDeadFor(Duration.ofSeconds(30));
        assertTrue(memory.unreachable(A).isEmpty());
        now = now.plus(TIME).minusSeconds(30);
        assertTrue(memory.unreachable(OTHER_PORT).isPresent());
    }

    @Test
    void keepsOnlyTheBeginningOfWhatAHostSaid() {
        memory.failed(A, "said 421 \u0007" + "x".repeat(10_000));
        String reason = memory.unreachable(A).orElseThrow().reason();
        assertEquals("said 421 ?" + "x".repeat(190), reason);
    }

    @Test
    void forgetsADeathWhenTheHostGreets() {
        memory.failed(A, "refused");
        memory.greeted(A);
        assertTrue(memory.unreachable(A).isEmpty());
        assertTrue(memory.isKnown(A));
    }

    @Test
    void knowsAHostThatGreetedLatelyOrIsConnected() {
        memory.greeted(A);
        now = now.plus(TIME);
        assertTrue(memory.isKnown(A));
        memory.closed(A);
        assertFalse(memory.isKnown(A));
        memory.greeted(A);
        memory.closed(A);
        assertTrue(memory.isKnown(A));
        memory.failed(A, "refused");
        assertFalse(memory.isKnown(A));
    }

    @Test
    void doesNotTakeAHostForDeadThatHasTooManyOfOurConnections() {
        memory.greeted(A);
        memory.failed(A, "said 421 too many connections");
        assertTrue(memory.unreachable(A).isEmpty());
        memory.closed(A);
        memory.failed(A, "refused");
        assertTrue(memory.unreachable(A).isPresent());
    }

    @Test
    void isNotMisledByAClockThatIsSetBack() {
        memory.failed(A, "refused");
        now = now.minus(Duration.ofDays(1));
        assertTrue(memory.unreachable(A).isEmpty());
    }

    @Test
    void remembersABoundedNumberOfHosts() {
        memory.greeted(A);
        for (int i = 0; i < 2 * DeadHostCache.MAX_HOSTS; i++) {
            memory.failed(InetSocketAddress.createUnresolved("h" + i, 25), "refused");
        }
        assertEquals(DeadHostCache.MAX_HOSTS, memory.size());
        // What is connected is not forgotten, or its end would be counted for another.
        assertTrue(memory.isKnown(A));
    }

    @Test
    void remembersALittleLessThanTheDelayBetweenTwoAttempts() {
        assertEquals(Duration.ofSeconds(870), DeadHostCache.timeFor(Duration.ofMinutes(15)));
        assertEquals(Duration.ofSeconds(870), DeadHostCache.timeFor(Duration.ofHours(4)));
        assertEquals(Duration.ofSeconds(58), DeadHostCache.timeFor(Duration.ofMinutes(1)));
        assertEquals(Duration.ofMillis(1), DeadHostCache.timeFor(Duration.ofMillis(1)));
    }

    @Test
    void blamesNoHostForWhatWeLack() {
        assertTrue(SmtpClient.isOfTheHost(new ConnectException(
                "finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:2526")));
        assertTrue(SmtpClient.isOfTheHost(new io.netty.channel.ConnectTimeoutException("timed out")));
        assertFalse(SmtpClient.isOfTheHost(
                new ConnectException("connect(..) failed with error(-99): Cannot assign requested address")));
        assertFalse(SmtpClient.isOfTheHost(new java.net.NoRouteToHostException(
                "connect(..) failed with error(-101): Network is unreachable: /192.0.2.1:25")));
        assertFalse(SmtpClient.isOfTheHost(new SocketException("Too many open files")));
    }
}
