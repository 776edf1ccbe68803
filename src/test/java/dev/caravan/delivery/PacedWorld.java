package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.PlaceRequest.Otherwise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * A simulated server with hosts: items come from a queue into hand as long as there is room, are delivered by hosts that
 * take their time, and are parked in lanes. Time passes only from event to event, so every run is the same.
 */
final class PacedWorld {
    private static final long SECOND = 1_000_000_000L;
    /** What the source takes from a queue in a second: fewer than a real one. */
    private static final long READ_NANOS = SECOND / 5000;

    final Pacing pacing;
    final ParkedLanes lanes = new ParkedLanes();

    private final int total;
    private final Function<String, Duration> takes;
    private final Function<String, String> groups;
    private final Deque<Item> queue = new ArrayDeque<>();
    private final Map<ParkedLanes.Key, Deque<Item>> parked = new HashMap<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, AttemptNews> news = new HashMap<>();
    private final Map<String, DestinationRule> rules = new HashMap<>();
    private long now;
    private long sequence;
    private int inHand;
    private boolean isReading;

    /** A message in the simulation. */
    final class Item {
        final String domain;
        final String sender;
        long queuedAt = now;
        long startedAt = -1;
        long deliveredAt = -1;
        int reads;
        ParkingLane lane;

        Item(String domain, String sender) {
            this.domain = domain;
            this.sender = sender;
        }

        /** Seconds from the queue to the begin of its attempt; negative if it has not begun. */
        double waited() {
            return startedAt < 0 ? -1 : (startedAt - queuedAt) / (double) SECOND;
        }
    }

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    /**
     * @param takes how long a delivery to a domain takes.
     * @param groups the hosts of a domain.
     */
    PacedWorld(ConcurrencyLimits limits, Function<String, Duration> takes, Function<String, String> groups) {
        this.total = limits.total();
        this.pacing = new Pacing(limits);
        this.takes = takes;
        this.groups = groups;
        every(SECOND / 4, () -> {
            settle(pacing.tick(now));
            lanes.all(pacing, now).forEach(this::take);
        });
    }

    void every(long nanos, Runnable action) {
        at(now + nanos, () -> {
            action.run();
            every(nanos, action);
        });
    }

    private void at(long when, Runnable action) {
        events.add(new Event(when, sequence++, action));
    }

    /** From now on attempts for a domain end so. */
    void ending(String domain, AttemptNews kind) {
        news.put(domain, kind);
    }

    /** From now on the operator's table says this of a domain. */
    void rule(String domain, DestinationRule rule) {
        rules.put(domain, rule);
    }

    List<Item> add(String domain, String sender, int count) {
        List<Item> added = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Item item = new Item(domain, sender);
            queue.add(item);
            added.add(item);
        }
        read();
        return added;
    }

    Item add(String domain) {
        return add(domain, "a", 1).get(0);
    }

    void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.element().at <= end) {
            Event next = events.remove();
            now = next.at;
            next.action.run();
        }
        now = end;
    }

    double seconds() {
        return now / (double) SECOND;
    }

    int parkedItems() {
        return parked.values().stream().mapToInt(Deque::size).sum();
    }

    int inQueue() {
        return queue.size();
    }

    int inHand() {
        return inHand;
    }

    /** A part of the places is for items of lanes, as the dispatcher has it. */
    private int ofQueue() {
        return parked.isEmpty() ? total : total - total / 32;
    }

    private void read() {
        if (!isReading && !queue.isEmpty() && inHand < ofQueue()) {
            isReading = true;
            at(now + READ_NANOS, () -> {
                isReading = false;
                if (!queue.isEmpty() && inHand < ofQueue()) {
                    inHand++;
                    arrived(queue.remove(), Otherwise.PARK);
                }
                read();
            });
        }
    }

    private void arrived(Item item, Otherwise otherwise) {
        item.reads++;
        String group = groups.apply(item.domain);
        Pacing.Answer answer = pacing.request(
                new PlaceRequest(
                        item.domain,
                        group,
                        false,
                        item.sender,
                        rules.getOrDefault(item.domain, DestinationRule.NONE),
                        otherwise),
                now);
        if (answer instanceof Pacing.Answer.Start start) {
            begin(item, start.place());
        } else if (answer instanceof Pacing.Answer.Wait wait) {
            wait.place().later().thenAccept(later -> {
                if (later instanceof Pacing.Answer.Start start) {
                    begin(item, start.place());
                } else {
                    park(item, ((Pacing.Answer.Park) later).lane());
                }
            });
        } else {
            park(item, ((Pacing.Answer.Park) answer).lane());
        }
    }

    private void park(Item item, ParkingLane wanted) {
        ParkingLane lane = lanes.choose(
                new ParkedLanes.Key("smtp", wanted), Optional.ofNullable(item.lane), groups.apply(item.domain), now);
        item.lane = lane;
        ParkedLanes.Key key = new ParkedLanes.Key("smtp", lane);
        parked.computeIfAbsent(key, unused -> new ArrayDeque<>()).add(item);
        inHand--;
        lanes.parked(key, now);
    }

    private void take(ParkedLanes.Take take) {
        at(now + SECOND / 200, () -> {
            Deque<Item> items = parked.getOrDefault(take.key(), new ArrayDeque<>());
            int taken = Math.min(take.most(), items.size());
            // As the dispatcher, which never has more in hand.
            assertTrue(inHand + taken <= total, inHand + taken + " in hand");
            for (int i = 0; i < taken; i++) {
                Item item = items.remove();
                inHand++;
                boolean isShared = !take.key().lane().isOfDestination();
                if (isShared) {
                    pacing.tookFromSharedLane(groups.apply(item.domain));
                }
                arrived(item, isShared ? Otherwise.PARK : Otherwise.WAIT);
            }
            lanes.took(take.key(), take.most(), taken, pacing, now);
        });
    }

    private void begin(Item item, Pacing.Place place) {
        item.startedAt = now;
        at(now + takes.apply(item.domain).toNanos(), () -> {
            item.deliveredAt = now;
            inHand--;
            settle(pacing.end(
                    place, news.getOrDefault(item.domain, new AttemptNews(AttemptNews.Kind.DELIVERED, "250 ok")), now));
            lanes.afterEnd(groups.apply(item.domain), pacing, now).forEach(this::take);
            read();
        });
    }

    private void settle(List<Pacing.Place> places) {
        places.forEach(place -> place.later().complete(place.answer()));
        read();
    }
}
