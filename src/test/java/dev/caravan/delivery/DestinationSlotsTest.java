package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DestinationSlots.Turn;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DestinationSlotsTest {
    private final DestinationSlots turns = new DestinationSlots(new ConcurrencyLimits(8, 2));

    @Test
    void passesATurnToTheOneWhoWaits() throws Exception {
        Turn first = take("x").getNow(Optional.empty()).orElseThrow();
        Turn second = take("x").getNow(Optional.empty()).orElseThrow();
        CompletableFuture<Optional<Turn>> third = take("x");
        assertFalse(third.isDone());
        first.giveBack();
        // Given back twice counts once.
        first.giveBack();
        assertEquals(2, turns.inHand("x"));
        Turn next = third.get(30, TimeUnit.SECONDS).orElseThrow();
        second.giveBack();
        next.giveBack();
        assertEquals(0, turns.inHand("x"));
    }

    @Test
    void saysNoWhenTheWaitIsInVainAndAtOnceAfterThat() throws Exception {
        List<Turn> turnsOfX = IntStream.range(0, 2)
                .mapToObj(i -> take("x").getNow(Optional.empty()).orElseThrow())
                .toList();
        assertEquals(Optional.empty(), take("x").get(30, TimeUnit.SECONDS));
        CompletableFuture<Optional<Turn>> next = take("x");
        assertTrue(next.isDone());
        assertEquals(Optional.empty(), next.join());
        turnsOfX.forEach(Turn::giveBack);
        assertTrue(take("x").join().isPresent());
    }

    @Test
    void doesNotLetOneDestinationWaitForAnother() {
        take("x");
        take("x");
        assertTrue(take("y").join().isPresent());
    }

    private CompletableFuture<Optional<Turn>> take(String destination) {
        return turns.take(destination).toCompletableFuture();
    }
}
