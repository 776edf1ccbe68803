package dev.caravan.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The lanes in which items are parked, and which of them give items back when places become free. The lanes of domains
 * with the same mail hosts take turns. Pure; not thread-safe.
 */
final class ParkedLanes {
    /** So many lanes have names of their own; what needs another is parked in {@link ParkingLane#OTHERS}. */
    static final int MOST_LANES = 1000;

    /** How many lanes of one destination are looked at when one of its attempts ends. */
    private static final int LOOKS = 16;
    /** A lane that gives nothing so often is empty. */
    private static final int MOST_EMPTY_LOOKS = 6;

    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    /** A lane to which nothing was added for so long, and which is empty, is forgotten. */
    private static final long FORGET_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<Key, Lane> lanes = new LinkedHashMap<>();
    private final Map<String, Set<Lane>> byGroup = new HashMap<>();
    /** Those with items of many destinations and senders. */
    private final Set<Lane> shared = new LinkedHashSet<>();

    /**
     * A lane of a transport.
     *
     * @param transport the name after {@code mail.deliver.}.
     */
    record Key(String transport, ParkingLane lane) {}

    /** Items to be taken from a lane into hand. */
    record Take(Key key, int most) {}

    private static final class Lane {
        private final Key key;
        private Optional<String> group = Optional.empty();
        private boolean hasItems;
        private boolean isTaking;
        private boolean isAddedTo;
        private int emptyLooks;
        private long nextLookNanos;
        private long addedNanos;

        Lane(Key key) {
            this.key = key;
        }

        boolean mayGive(long now) {
            return hasItems && !isTaking && (isAddedTo || now - nextLookNanos >= 0);
        }
    }

    /**
     * The lane for an item: the one that is asked for, unless there are too many.
     *
     * @param from the lane that the item was in before. It goes from there only to the lane of its destination, or back to
     *     the tail: a walk over all queues in the order of their names must not miss it.
     * @param group the destination of the item.
     */
    ParkingLane choose(Key key, Optional<ParkingLane> from, String group, long now) {
        String transport = key.transport();
        ParkingLane wanted = key.lane().isOfDestination() ? key.lane() : from.orElse(key.lane());
        boolean isOwn = wanted.isOfDestination() || wanted.isOfSender();
        boolean isTooMany = isOwn && !lanes.containsKey(new Key(transport, wanted)) && lanes.size() >= MOST_LANES;
        ParkingLane chosen = isTooMany ? from.orElse(ParkingLane.OTHERS) : wanted;
        Lane lane = lane(new Key(transport, chosen));
        lane.addedNanos = now;
        if (chosen.isOfDestination()) {
            join(lane, group);
        }
        return chosen;
    }

    /** An item is in a lane, since the transaction that parked it is committed. */
    void parked(Key key, long now) {
        Lane lane = lane(key);
        lane.hasItems = true;
        lane.isAddedTo = true;
        lane.addedNanos = now;
        lane.emptyLooks = 0;
    }

    /** The broker has a lane, which may have items that were parked before this server started, or by another one. */
    void found(Key key, long now) {
        if (!lanes.containsKey(key)) {
            parked(key, now);
        }
    }

    /** An item of a lane goes to this destination. */
    void belongs(Key key, String group) {
        Lane lane = lanes.get(key);
        if (lane != null && key.lane().isOfDestination()) {
            join(lane, group);
        }
    }

    private void join(Lane lane, String group) {
        if (!lane.group.equals(Optional.of(group))) {
            leaveGroup(lane);
            lane.group = Optional.of(group);
            byGroup.computeIfAbsent(group, unused -> new LinkedHashSet<>()).add(lane);
        }
    }

    private void leaveGroup(Lane lane) {
        lane.group.ifPresent(group -> {
            Set<Lane> members = byGroup.get(group);
            if (members != null && members.remove(lane) && members.isEmpty()) {
                byGroup.remove(group);
            }
        });
        lane.group = Optional.empty();
    }

    private Lane lane(Key key) {
        Lane lane = lanes.computeIfAbsent(key, Lane::new);
        if (!key.lane().isOfDestination() && !key.lane().isOfSender()) {
            shared.add(lane);
        }
        return lane;
    }

    /** What to take now that an attempt for a destination has ended. */
    List<Take> afterEnd(String group, Pacing pacing, long now) {
        List<Take> takes = new ArrayList<>();
        Set<Lane> members = byGroup.getOrDefault(group, Set.of());
        List<Lane> next =
                members.stream().filter(lane -> lane.mayGive(now)).limit(LOOKS).toList();
        int room = next.isEmpty() ? 0 : pacing.roomToTake(next.get(0).key.lane(), Optional.of(group));
        // Several lanes give a little each, and have their next turn after the others.
        int each = Math.max(1, room / Math.max(1, next.size()));
        for (Lane lane : next.subList(0, Math.min(room, next.size()))) {
            takes.add(take(lane, each, pacing));
            members.remove(lane);
            members.add(lane);
        }
        shared.forEach(lane -> addIfRoom(lane, pacing, takes, now));
        return takes;
    }

    /** What to take from all lanes; to be called each second. */
    List<Take> all(Pacing pacing, long now) {
        List<Take> takes = new ArrayList<>();
        Iterator<Lane> each = lanes.values().iterator();
        while (each.hasNext()) {
            Lane lane = each.next();
            if (!lane.hasItems && !lane.isTaking && now - lane.addedNanos > FORGET_NANOS) {
                leaveGroup(lane);
                shared.remove(lane);
                each.remove();
            } else {
                addIfRoom(lane, pacing, takes, now);
            }
        }
        return takes;
    }

    private static void addIfRoom(Lane lane, Pacing pacing, List<Take> takes, long now) {
        if (!lane.mayGive(now)) {
            return;
        }
        int room = pacing.roomToTake(lane.key.lane(), lane.group);
        if (room > 0) {
            takes.add(take(lane, room, pacing));
        }
    }

    /**
     * Takes items of a lane, which has some, whether there is room or not; empty if some are being taken. If it gives
     * none, since all places are taken, it is not believed to be empty.
     */
    Optional<Take> takeNow(Key key, int most, Pacing pacing) {
        Lane lane = lanes.get(key);
        if (lane == null || lane.isTaking) {
            return Optional.empty();
        }
        lane.hasItems = true;
        lane.emptyLooks = 0;
        return Optional.of(take(lane, most, pacing));
    }

    private static Take take(Lane lane, int most, Pacing pacing) {
        pacing.expect(most);
        lane.isTaking = true;
        lane.isAddedTo = false;
        return new Take(lane.key, most);
    }

    /**
     * Items were taken.
     *
     * @param taken fewer than {@code asked} if the lane had no more or there was no place; -1 if it could not be read.
     */
    void took(Key key, int asked, int taken, Pacing pacing, long now) {
        pacing.expect(-asked);
        Lane lane = lanes.get(key);
        if (lane != null) {
            lane.isTaking = false;
            if (taken != 0 || lane.isAddedTo) {
                lane.emptyLooks = 0;
            } else {
                // It is looked at less and less often, and then believed to be empty.
                lane.emptyLooks++;
                lane.hasItems = lane.emptyLooks < MOST_EMPTY_LOOKS;
            }
            lane.nextLookNanos = taken < asked && !lane.isAddedTo ? now + (PAUSE_NANOS << lane.emptyLooks) : now;
        }
    }

    /** The lanes that are known, or expected to have items soon. */
    int size() {
        return lanes.size();
    }

    /** The lanes with items. */
    List<Key> withItems() {
        return lanes.values().stream()
                .filter(lane -> lane.hasItems)
                .map(lane -> lane.key)
                .toList();
    }
}
