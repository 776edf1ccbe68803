package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.FairShare.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FairShareTest {
    private static final Duration SLOW = Duration.ofSeconds(30);
    private static final Duration QUICK = Duration.ofMillis(10);

    private final FairShare shares = new FairShare(new ConcurrencyLimits(40, 20));

    @Test
    void givesOneSlowDestinationLessThanHalf() {
        assertEquals(18, fill("slow"));
        assertEquals(Grant.NOW, shares.request("other", 0));
    }

    @Test
    void givesAQuickDestinationHalfAndNotMoreThanItsLimit() {
        known("quick", QUICK);
        assertEquals(20, fill("quick"));
        FairShare few = new FairShare(new ConcurrencyLimits(40, 3));
        assertEquals(Grant.NOW, few.request("x", 0));
        assertEquals(Grant.NOW, few.request("x", 0));
        assertEquals(Grant.NOW, few.request("x", 0));
        assertFalse(few.request("x", 0) == Grant.NOW);
    }

    @Test
    void makesRoomForNewcomersAsDeliveriesEnd() {
        List<String> slow = List.of("a", "b", "c");
        slow.forEach(this::fill);
        // Each that ends is asked for again by all, as mail that waits comes again and again.
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            String ended = slow.get(random.nextInt(3));
            if (shares.active(ended) > 0) {
                shares.done(ended, SLOW);
            }
            shares.request(slow.get(random.nextInt(3)), 0);
            shares.request(slow.get(random.nextInt(3)), 0);
        }
        slow.forEach(name -> assertTrue(shares.active(name) <= 10, name + " has " + shares.active(name)));
        assertEquals(Grant.NOW, shares.request("other", 0));
        assertEquals(Grant.NOW, shares.request("other", 0));
    }

    @Test
    void keepsAPartFreeOfAnyNumberOfSlowDestinations() {
        known("quick", QUICK);
        int active = 0;
        for (int i = 0; i < 1000; i++) {
            active += fill("slow" + i);
        }
        assertEquals(35, active);
        assertEquals(Grant.NOW, shares.request("quick", 0));
        assertEquals(Grant.NOW, shares.request("quick", 0));
        assertFalse(shares.request("unknown", 0) == Grant.NOW);
    }

    @Test
    void letsOneDeliverWhereThereIsOnlyOne() {
        FairShare one = new FairShare(new ConcurrencyLimits(1, 20));
        assertEquals(Grant.NOW, one.request("a", 0));
        assertFalse(one.request("b", 0) == Grant.NOW);
        one.done("a", SLOW);
        assertEquals(Grant.NOW, one.request("b", 0));
    }

    @Test
    void letsWaitOnlyWhereTheNextEndIsNear() {
        known("quick", QUICK);
        fill("quick");
        assertEquals(Grant.SOON, shares.request("quick", 100));
        assertEquals(Grant.LATER, shares.request("quick", 500));
        shares.waitTimedOut("quick");
        assertEquals(Grant.SOON, shares.request("quick", 0));
        assertEquals(Grant.LATER, shares.request("quick", 1));
        known("slow", SLOW);
        fill("slow");
        assertEquals(Grant.LATER, shares.request("slow", 0));
    }

    @Test
    void changesItsMindAfterSomeDeliveries() {
        known("turned", SLOW);
        assertEquals(18, fill("turned"));
        for (int i = 0; i < 18; i++) {
            shares.done("turned", QUICK);
        }
        known("turned", QUICK);
        assertEquals(20, fill("turned"));
    }

    @Test
    void remembersABoundedNumberOfDestinations() {
        for (int i = 0; i < 100_000; i++) {
            shares.request("d" + i, 0);
            shares.done("d" + i, QUICK);
        }
        assertEquals(0, shares.active("d1"));
        assertEquals(4096, shares.remembered());
    }

    private void known(String destination, Duration pace) {
        assertEquals(Grant.NOW, shares.request(destination, 0));
        shares.done(destination, pace);
    }

    private int fill(String destination) {
        List<Grant> answers = new ArrayList<>();
        Grant answer = shares.request(destination, 1_000_000);
        while (answer == Grant.NOW) {
            answers.add(answer);
            answer = shares.request(destination, 1_000_000);
        }
        return answers.size();
    }
}
