package dev.caravan.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.source.SubmissionsInHand.Limits;
import dev.caravan.testkit.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A source has a limited number in hand, and gets each result once. */
@Timeout(60)
class SubmissionsInHandTest {
    private final List<String> ended = new ArrayList<>();

    private SubmissionsInHand<String, String> inHand(int most, long octets) {
        return new SubmissionsInHand<>(
                new Limits(most, octets), Throwable::getMessage, (what, result) -> ended.add(what + "=" + result));
    }

    /** Begins one more on another thread, which waits for room. */
    private static Thread begin(SubmissionsInHand<String, String> inHand, String what, long size) {
        Thread thread = new Thread(() -> {
            try {
                inHand.begin(what, size, () -> CompletableFuture.completedFuture("done"));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        Await.until("it waits", () -> thread.getState() == Thread.State.WAITING);
        return thread;
    }

    @Test
    void waitsAtTheNumber() throws Exception {
        var inHand = inHand(2, 1000);
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();
        inHand.begin("a", 1, () -> first);
        inHand.begin("b", 1, () -> second);
        Thread third = begin(inHand, "c", 1);
        second.complete("stored");
        third.join();
        first.complete("stored");
        inHand.finish();
        assertEquals("b=stored", ended.get(0));
        assertEquals(
                List.of("a=stored", "b=stored", "c=done"),
                ended.stream().sorted().toList());
    }

    @Test
    void waitsAtTheOctetsButTakesALargeOneAlone() throws Exception {
        var inHand = inHand(100, 10);
        CompletableFuture<String> large = new CompletableFuture<>();
        inHand.begin("large", 1000, () -> large);
        Thread next = begin(inHand, "small", 1);
        large.complete("stored");
        next.join();
        inHand.finish();
        assertEquals(List.of("large=stored", "small=done"), ended);
    }

    @Test
    void aFailureIsAResult() throws Exception {
        var inHand = inHand(1, 10);
        inHand.begin("a", 1, () -> {
            throw new IllegalStateException("at once");
        });
        inHand.begin("b", 1, () -> CompletableFuture.failedFuture(new IllegalStateException("later")));
        inHand.begin("c", 1, () -> CompletableFuture.completedFuture("done"));
        inHand.finish();
        assertEquals(List.of("a=at once", "b=later", "c=done"), ended);
        inHand.handleEnded();
        assertTrue(ended.size() == 3);
    }
}
