package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DestinationSlots.Slot;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DestinationSlotsTest {
    private final DestinationSlots slots = new DestinationSlots(new ConcurrencyLimits(8, 2));

    @Test
    void passesATurnToTheOneWhoWaits() throws Exception {
        Slot first = acquire("x").getNow(Optional.empty()).orElseThrow();
        Slot second = acquire("x").getNow(Optional.empty()).orElseThrow();
        CompletableFuture<Optional<Slot>> third = acquire("x");
        assertFalse(third.isDone());
        first.release();
        // Given back twice counts once.
        first.release();
        assertEquals(2, slots.active("x"));
        Slot next = third.get(30, TimeUnit.SECONDS).orElseThrow();
        second.release();
        next.release();
        assertEquals(0, slots.active("x"));
    }

    @Test
    void saysNoWhenTheWaitIsInVainAndAtOnceAfterThat() throws Exception {
        List<Slot> slotsOfX = IntStream.range(0, 2)
                .mapToObj(i -> acquire("x").getNow(Optional.empty()).orElseThrow())
                .toList();
        assertEquals(Optional.empty(), acquire("x").get(30, TimeUnit.SECONDS));
        CompletableFuture<Optional<Slot>> next = acquire("x");
        assertTrue(next.isDone());
        assertEquals(Optional.empty(), next.join());
        slotsOfX.forEach(Slot::release);
        assertTrue(acquire("x").join().isPresent());
    }

    @Test
    void doesNotLetOneDestinationWaitForAnother() {
        acquire("x");
        acquire("x");
        assertTrue(acquire("y").join().isPresent());
    }

    private CompletableFuture<Optional<Slot>> acquire(String destination) {
        return slots.acquire(destination).toCompletableFuture();
    }
}
