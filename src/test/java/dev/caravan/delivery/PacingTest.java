package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.PacedWorld.Item;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Who gets the next place, in simulated worlds with thousands of destinations. */
class PacingTest {
    private static final ConcurrencyLimits SHIPPED = new ConcurrencyLimits(5000, 20);
    private static final Duration SLOW = Duration.ofSeconds(30);
    private static final Duration QUICK = Duration.ofMillis(50);

    private static Duration slowOrQuick(String domain) {
        return domain.startsWith("slow") ? SLOW : QUICK;
    }

    private static PacedWorld world(ConcurrencyLimits limits) {
        return new PacedWorld(limits, PacingTest::slowOrQuick, Function.identity());
    }

    @Test
    void anOutsidersSlowDomainsLeaveRoomForANewDomain() {
        PacedWorld world = world(SHIPPED);
        // Reports and confirmations have the null reverse path.
        for (int i = 0; i < 4500; i++) {
            world.add("slow" + i + ".test", "", 1);
        }
        world.run(Duration.ofSeconds(3));
        Item first = world.add("new1.test");
        world.run(Duration.ofSeconds(20));
        Item second = world.add("new2.test");
        world.run(Duration.ofSeconds(5));
        assertWaited(1, first, second);
        assertEquals(2500, world.pacing.running(PacedDestination.Speed.SLOW));
    }

    @Test
    void fourThousandFiveHundredSlowDomainsOfSendersStartAtOnceAndANewDomainToo() {
        PacedWorld world = world(SHIPPED);
        List<Item> slow = new ArrayList<>();
        for (int i = 0; i < 4500; i++) {
            slow.addAll(world.add("slow" + i + ".test", "sender" + i % 7, 1));
        }
        world.run(Duration.ofSeconds(4));
        assertEquals(4500, world.pacing.running());
        Item next = world.add("new.test", "b", 1).get(0);
        world.run(Duration.ofSeconds(5));
        assertWaited(1, next);
        world.run(Duration.ofSeconds(60));
        assertTrue(slow.stream().allMatch(item -> item.deliveredAt >= 0));
    }

    @Test
    void tenThousandSlowDeliveriesRunAtOnceIfTwelveThousandMay() {
        PacedWorld world = world(new ConcurrencyLimits(12_000, 20));
        for (int i = 0; i < 10_000; i++) {
            world.add("slow" + i + ".test", "a", 1);
        }
        world.run(Duration.ofSeconds(4));
        assertEquals(10_000, world.pacing.running());
        List<Item> quick = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            quick.add(world.add("quick" + i + ".test"));
        }
        world.run(Duration.ofSeconds(3));
        assertWaited(1, quick.toArray(Item[]::new));
    }

    @Test
    void aMillionForOneSlowDomainDelayOthersByASecondAtMost() {
        PacedWorld world = world(SHIPPED);
        List<Item> many = world.add("slow.test", "a", 100_000);
        world.run(Duration.ofSeconds(60));
        // The source has read past them, once each, and has them in their lane.
        assertEquals(0, world.inQueue());
        assertTrue(world.inHand() <= 60, world.inHand() + " in hand");
        List<Item> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(world.add("other" + i + ".test"));
            world.run(Duration.ofMillis(100));
        }
        assertWaited(1, others.toArray(Item[]::new));
        assertTrue(many.stream().allMatch(item -> item.reads <= 2));
        world.run(Duration.ofMinutes(10));
        assertTrue(many.stream().allMatch(item -> item.reads <= 2));
        long delivered = many.stream().filter(item -> item.deliveredAt >= 0).count();
        // Its limit grows from 5 to 20: four hundred in ten minutes at the full limit.
        assertTrue(delivered >= 350, delivered + " delivered");
    }

    @Test
    void retriesForManySlowDomainsDelayQuickOnesByTwoSecondsAtMost() {
        PacedWorld world = world(SHIPPED);
        for (int i = 0; i < 100_000; i++) {
            world.add("slow" + i % 300 + ".test", "a", 1);
        }
        // When the source has read them, whatever can run does.
        world.run(Duration.ofSeconds(100));
        List<Item> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(world.add("quick" + i + ".test"));
            world.run(Duration.ofMillis(100));
        }
        assertWaited(2, others.toArray(Item[]::new));
    }

    @Test
    void hostsThatTakeSomeSecondsLeaveRoomForQuickOnesOfTheSameSender() {
        PacedWorld world = new PacedWorld(
                new ConcurrencyLimits(4000, 20),
                domain -> domain.startsWith("sluggish") ? Duration.ofSeconds(3) : QUICK,
                Function.identity());
        for (int i = 0; i < 50; i++) {
            world.add("quick" + i + ".test");
        }
        world.run(Duration.ofSeconds(1));
        for (int i = 0; i < 60_000; i++) {
            world.add("sluggish" + i % 300 + ".test", "a", 1);
        }
        world.run(Duration.ofSeconds(15));
        List<Item> others = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            others.add(world.add("quick" + i % 50 + ".test"));
            others.add(world.add("new" + i + ".test"));
            world.run(Duration.ofMillis(100));
        }
        world.run(Duration.ofSeconds(2));
        assertTrue(world.pacing.running() > 3000, world.pacing.running() + " run");
        assertWaited(2, others.toArray(Item[]::new));
    }

    @Test
    void manySendersWithSlowDomainsLeaveRoomForOtherSenders() {
        PacedWorld world = world(SHIPPED);
        for (int i = 0; i < 20_000; i++) {
            world.add("slow" + i + ".test", "flood" + i % 8, 1);
        }
        List<Item> others = new ArrayList<>();
        world.run(Duration.ofSeconds(10));
        for (int i = 0; i < 300; i++) {
            others.add(world.add("new" + i + ".test", "sender" + i % 10, 1).get(0));
            world.run(Duration.ofMillis(100));
        }
        assertTrue(world.pacing.running() > 4000, world.pacing.running() + " run");
        assertWaited(2, others.toArray(Item[]::new));
    }

    @Test
    void twoSendersShare() {
        PacedWorld world = world(new ConcurrencyLimits(800, 20));
        for (int i = 0; i < 3000; i++) {
            world.add("slow-a" + i + ".test", "a", 1);
        }
        world.run(Duration.ofSeconds(4));
        assertEquals(700, world.pacing.running());
        List<Item> other = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            other.addAll(world.add("b" + i + ".test", "b", 1));
        }
        world.run(Duration.ofSeconds(1));
        assertWaited(1, other.toArray(Item[]::new));
        world.run(Duration.ofMinutes(5));
        assertEquals(0, world.inQueue() + world.parkedItems() + world.inHand());
    }

    @Test
    void aThousandDomainsOfOneProviderAreOneDestination() {
        PacedWorld world = new PacedWorld(
                SHIPPED, PacingTest::slowOrQuick, domain -> domain.startsWith("slow") ? "mx.provider.test" : domain);
        List<Item> all = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            all.addAll(world.add("slow" + i % 1000 + ".test", "a", 1));
        }
        world.run(Duration.ofSeconds(10));
        assertEquals(5, world.pacing.running("mx.provider.test"));
        Item other = world.add("other.test");
        world.run(Duration.ofMinutes(10));
        assertWaited(1, other);
        assertEquals(20, world.pacing.running("mx.provider.test"));
        assertTrue(world.lanes.size() <= ParkedLanes.MOST_LANES + 4, world.lanes.size() + " lanes");
        // Domains take turns: none has had its second while many have had none.
        long domains = all.stream()
                .filter(item -> item.startedAt >= 0)
                .map(item -> item.domain)
                .distinct()
                .count();
        long begun = all.stream().filter(item -> item.startedAt >= 0).count();
        assertTrue(domains >= begun * 8 / 10, domains + " domains of " + begun);
    }

    @Test
    void nothingIsParkedForAHostThatTakesThousandsASecond() {
        PacedWorld world = new PacedWorld(SHIPPED, domain -> Duration.ofMillis(2), Function.identity());
        List<Item> all = world.add("sink.test", "a", 20_000);
        world.run(Duration.ofSeconds(20));
        assertTrue(all.stream().allMatch(item -> item.deliveredAt >= 0));
        long parked = all.stream().filter(item -> item.reads > 1).count();
        assertTrue(parked < 100, parked + " were parked");
    }

    @Test
    void aQuickHostThatHangsGivesBackThePlacesOfWhatWaits() {
        boolean[] hangs = {false};
        PacedWorld world = new PacedWorld(
                SHIPPED,
                domain -> domain.equals("sink.test") && hangs[0] ? Duration.ofMinutes(5) : Duration.ofMillis(10),
                Function.identity());
        world.add("sink.test", "a", 100_000);
        world.run(Duration.ofSeconds(10));
        hangs[0] = true;
        world.run(Duration.ofSeconds(40));
        assertTrue(world.inHand() < 100, world.inHand() + " in hand");
        Item other = world.add("other.test");
        world.run(Duration.ofSeconds(5));
        assertWaited(1, other);
    }

    @Test
    void theLimitGrowsWithSuccessAndShrinksWithTrouble() {
        PacedWorld world = world(SHIPPED);
        world.add("quick.test", "a", 3);
        world.run(Duration.ofSeconds(1));
        assertEquals(5, limit(world, "quick.test"));
        world.add("quick.test", "a", 500);
        world.run(Duration.ofMillis(400));
        assertEquals(20, limit(world, "quick.test"));
        world.ending("quick.test", new AttemptNews(AttemptNews.Kind.TROUBLE, "421 too many"));
        // Those that ran together count as one refusal.
        world.run(Duration.ofMillis(60));
        assertEquals(10, limit(world, "quick.test"));
        world.run(Duration.ofMillis(60));
        assertEquals(5, limit(world, "quick.test"));
        assertEquals("halved: 421 too many", destination(world, "quick.test").why());
        world.run(Duration.ofMillis(200));
        assertEquals(1, limit(world, "quick.test"));
        world.ending("quick.test", new AttemptNews(AttemptNews.Kind.DELIVERED, "250 ok"));
        world.run(Duration.ofSeconds(1));
        assertTrue(limit(world, "quick.test") > 3);
    }

    @Test
    void theTableLimitsConnectionsOfADomain() {
        PacedWorld world = new PacedWorld(SHIPPED, domain -> QUICK, domain -> "mx.provider.test");
        world.rule("partner.test", rule(2, OptionalInt.empty(), true));
        world.rule("big.test", rule(50, OptionalInt.empty(), true));
        world.add("partner.test", "a", 300);
        world.run(Duration.ofMillis(100));
        assertEquals(2, world.pacing.running("mx.provider.test"));
        world.add("other.test", "a", 100);
        world.run(Duration.ofMillis(30));
        assertTrue(world.pacing.running("mx.provider.test") > 2);
        world.run(Duration.ofSeconds(20));
        assertEquals(0, world.inQueue() + world.inHand() + world.parkedItems());
        // Another domain of the same hosts may have more than all others together, if the operator says so.
        world.add("big.test", "a", 3000);
        world.run(Duration.ofSeconds(2));
        assertEquals(50, world.pacing.running("mx.provider.test"));
    }

    @Test
    void theTableLimitsMessagesAMinute() {
        PacedWorld world = world(SHIPPED);
        world.rule("partner.test", rule(20, OptionalInt.of(60), true));
        List<Item> all = world.add("partner.test", "a", 200);
        world.run(Duration.ofSeconds(60));
        long begun = all.stream().filter(item -> item.startedAt >= 0).count();
        assertTrue(begun >= 55 && begun <= 61, begun + " in a minute");
        Item other = world.add("other.test");
        world.run(Duration.ofSeconds(1));
        assertWaited(1, other);
        world.rule("partner.test", DestinationRule.NONE);
        world.add("partner.test");
        world.run(Duration.ofSeconds(20));
        assertTrue(all.stream().allMatch(item -> item.deliveredAt >= 0), "the rate is gone");
    }

    private static DestinationRule rule(int connections, OptionalInt perMinute, boolean isOfDomain) {
        return new DestinationRule(OptionalInt.of(connections), OptionalInt.empty(), perMinute, isOfDomain);
    }

    @Test
    void whatIsRememberedIsBounded() {
        PacedWorld world = world(SHIPPED);
        for (int i = 0; i < 30_000; i++) {
            world.add("quick" + i + ".test");
        }
        world.run(Duration.ofSeconds(30));
        assertEquals(0, world.inHand());
        assertTrue(world.pacing.remembered() <= 10_001, world.pacing.remembered() + " remembered");
    }

    private static int limit(PacedWorld world, String group) {
        return destination(world, group).limit();
    }

    private static PacingSnapshot.Destination destination(PacedWorld world, String group) {
        world.add(group);
        world.run(Duration.ofMillis(1));
        return world.pacing.snapshot().stream()
                .filter(one -> one.name().equals(group))
                .findFirst()
                .orElseThrow();
    }

    private static void assertWaited(double most, Item... items) {
        for (Item item : items) {
            assertTrue(
                    item.startedAt >= 0 && item.waited() <= most,
                    item.domain + (item.startedAt < 0 ? " has not begun" : " waited " + item.waited() + " s"));
        }
    }
}
