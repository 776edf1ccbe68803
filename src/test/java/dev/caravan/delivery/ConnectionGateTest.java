package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.ConnectionGate.Admission;
import dev.caravan.delivery.ConnectionGate.Admission.Admitted;
import dev.caravan.delivery.ConnectionGate.Admission.Unreachable;
import dev.caravan.net.TlsPolicy;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConnectionGateTest {
    private static final RemoteHost HOST =
            new RemoteHost("mx.example", new InetSocketAddress("127.0.0.1", 25), TlsPolicy.NONE);
    private static final Instant NOW = Instant.parse("2026-01-31T10:15:30Z");

    private final ConnectionGate gate =
            new ConnectionGate(new DeadHostCache(Clock.fixed(NOW, ZoneOffset.UTC), Duration.ofMinutes(10)));

    @Test
    void letsOneTryAHostAndTheOthersWaitForWhatItLearns() {
        assertInstanceOf(Admitted.class, ask().getNow(null));
        List<CompletableFuture<Admission>> others =
                Stream.generate(this::ask).limit(30).toList();
        others.forEach(other -> assertFalse(other.isDone()));
        gate.greeted(HOST.address());
        others.forEach(other -> assertInstanceOf(Admitted.class, other.join()));
        assertInstanceOf(Admitted.class, ask().getNow(null));
    }

    @Test
    void tellsAllThatWaitThatTheHostIsDead() {
        assertInstanceOf(Admitted.class, ask().getNow(null));
        CompletableFuture<Admission> other = ask();
        gate.failed(HOST, "Connection refused");
        Unreachable dead = assertInstanceOf(Unreachable.class, other.join());
        assertEquals("4.4.1", dead.diagnosis().status().toString());
        assertEquals(
                "no connection to mx.example (127.0.0.1 port 25) 0 s ago: Connection refused",
                dead.diagnosis().reply());
        assertInstanceOf(Unreachable.class, ask().getNow(null));
    }

    @Test
    void letsAnotherTryWhenATrialEndsWithoutAnAnswer() {
        Admitted first = assertInstanceOf(Admitted.class, ask().getNow(null));
        CompletableFuture<Admission> second = ask();
        CompletableFuture<Admission> third = ask();
        first.probe().end();
        assertTrue(second.isDone() != third.isDone());
        assertInstanceOf(Admitted.class, (second.isDone() ? second : third).join());
    }

    @Test
    void opensAFewConnectionsToAHostThatTakesItsTimeToGreet() throws Exception {
        assertInstanceOf(Admitted.class, ask().getNow(null));
        List<CompletableFuture<Admission>> others =
                Stream.generate(this::ask).limit(30).toList();
        others.forEach(other -> assertFalse(other.isDone()));
        Await.until("the wait for the first has ended", () -> admitted(others) == 4);
        assertFalse(ask().isDone());
        gate.greeted(HOST.address());
        Await.until("all connect", () -> admitted(others) == 30);
    }

    private static long admitted(List<CompletableFuture<Admission>> requests) {
        return requests.stream()
                .filter(request -> request.getNow(null) instanceof Admitted)
                .count();
    }

    @Test
    void letsTheLastChanceOfAMailTryADeadHost() throws Exception {
        gate.failed(HOST, "Connection refused");
        Admitted last = assertInstanceOf(Admitted.class, ask(true).getNow(null));
        // Another one waits for its probe, but not for long, and then tries the host itself.
        assertInstanceOf(Unreachable.class, ask().getNow(null));
        CompletableFuture<Admission> other = ask(true);
        assertFalse(other.isDone());
        assertInstanceOf(Admitted.class, other.get(30, TimeUnit.SECONDS));
        assertInstanceOf(Admitted.class, ask(true).getNow(null));
        last.probe().end();
    }

    @Test
    void tellsTheLastChanceOfAMailWhatATrialFoundMeanwhile() {
        MovingClock clock = new MovingClock(NOW);
        ConnectionGate moving = new ConnectionGate(new DeadHostCache(clock, Duration.ofMinutes(10)));
        moving.failed(HOST, "Connection refused");
        clock.advance(Duration.ofSeconds(60));
        assertInstanceOf(
                Admitted.class, moving.admit(HOST, true).toCompletableFuture().getNow(null));
        CompletableFuture<Admission> other = moving.admit(HOST, true).toCompletableFuture();
        assertFalse(other.isDone());
        clock.advance(Duration.ofSeconds(1));
        moving.failed(HOST, "timed out");
        Unreachable dead = assertInstanceOf(Unreachable.class, other.join());
        assertEquals(
                "no connection to mx.example (127.0.0.1 port 25) 0 s ago: timed out",
                dead.diagnosis().reply());
    }

    private CompletableFuture<Admission> ask() {
        return ask(false);
    }

    private CompletableFuture<Admission> ask(boolean isLastChance) {
        return gate.admit(HOST, isLastChance).toCompletableFuture();
    }
}
