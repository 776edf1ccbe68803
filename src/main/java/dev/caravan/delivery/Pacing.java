package dev.caravan.delivery;

import dev.caravan.delivery.PacedDestination.Speed;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Decides which delivery attempt gets the next place, so that no set of slow destinations, no sender and no flood of
 * reports holds what others need. {@code docs/pacing.md} says how.
 *
 * <p>Pure: times are nanoseconds of one clock, which the caller passes in. Not thread-safe. What it remembers of idle
 * destinations is bounded.
 */
final class Pacing {
    /** A destination is slow if one of its attempts has been running for longer. */
    static final Duration SLOW_AFTER = Duration.ofSeconds(5);
    /** It is also slow if its attempts take longer on average: places that quick ones hold are free again within this. */
    static final Duration SLOW_AVERAGE = Duration.ofSeconds(2);

    /** This part of the places is for destinations that are not slow; where there are few places, there is no such part. */
    private static final int OF_QUICK_AND_UNKNOWN = 8;
    /** This part is for those that are known to be quick. */
    private static final int OF_QUICK = 16;
    /** The last of these are for senders who have few of them. */
    private static final int SENDERS_WITH_MANY_32NDS = 29;
    /** A sender may have so many times the number of free places. */
    private static final int SENDER_TIMES_FREE = 7;
    /** A tenth of the places is for reports and confirmations, however few are free. */
    private static final int REPORTS_PART = 10;
    /** If a destination takes all that can be in hand within this time, nothing is parked for it. */
    private static final int SECONDS_NOT_PARKED = 5;
    /** What waits for slow and unknown destinations is at most this part of all. */
    private static final int WAITING_PART = 8;
    /** What waits because its sender has its share, or because it is a report, is at most this part of all. */
    private static final int WAITING_SHARE_PART = 32;
    /** How many destinations, and how many senders of each, are looked at when a place becomes free. */
    private static final int LOOKS = 16;
    /** The most items that are taken from a lane of several destinations at once. */
    private static final int LANE_BATCH = 100;

    private static final int REMEMBERED = 10_000;
    private static final int EVICTION_LOOKS = 16;

    private final long slowNanos = SLOW_AFTER.toNanos();
    private final int total;
    private final int perDestination;
    /** Those with attempts that run or wait. */
    private final Map<String, PacedDestination> active = new HashMap<>();
    /** The others, the least recently used first. */
    private final LinkedHashMap<String, PacedDestination> idle = new LinkedHashMap<>();

    private final Map<String, Sender> senders = new HashMap<>();
    private final Map<Speed, Count> counts = new EnumMap<>(Speed.class);
    /** Destinations whose attempts wait for a place of the shares, by speed; each gives its turn to the next. */
    private final Map<Speed, Set<PacedDestination>> waitingForShare = new EnumMap<>(Speed.class);

    private final Set<PacedDestination> waitingForRate = new LinkedHashSet<>();
    private final Deque<Place> byStart = new ArrayDeque<>();
    private int waitingAll;
    /** The items that are being taken from lanes. */
    private int expected;

    /** Attempts of destinations of one speed. */
    private static final class Count {
        private int running;
        private int waiting;
    }

    private static final class Sender {
        private int running;
        /** Of these, those whose destination was not known to be quick when they began. */
        private int notQuick;
        /** Of these, those whose destination was unknown, and that have not been running for long. */
        private int fresh;

        private int waiting;
    }

    /** Why an attempt cannot start. */
    private enum Obstacle {
        PLACES,
        DESTINATION,
        RATE,
        SLOW_SHARE,
        REPORTS_SHARE,
        SENDER_SHARE
    }

    private enum State {
        WAITING,
        RUNNING,
        PARKED,
        OVER
    }

    /** An attempt that waits for its place, or has it. */
    static final class Place {
        private final PlaceRequest request;
        private final PacedDestination destination;
        private final CompletableFuture<Answer> later = new CompletableFuture<>();
        private State state = State.WAITING;
        private long startedNanos;
        private boolean isLong;
        private Speed speedAtStart = Speed.UNKNOWN;

        private Place(PlaceRequest request, PacedDestination destination) {
            this.request = request;
            this.destination = destination;
        }

        PlaceRequest request() {
            return request;
        }

        boolean isRunning() {
            return state == State.RUNNING;
        }

        /** The answer after a wait; completed by the caller of {@link Pacing}, never by it. */
        CompletableFuture<Answer> later() {
            return later;
        }

        /** What came of the wait, for one that {@link Pacing#end} or {@link Pacing#tick} has returned. */
        Answer answer() {
            return state == State.RUNNING
                    ? new Answer.Start(this)
                    : new Answer.Park(ParkingLane.ofDestination(request.domain()));
        }
    }

    /** The answer to a request. */
    sealed interface Answer {
        /** The attempt may start. */
        record Start(Place place) implements Answer {}

        /** The attempt waits in memory; a later call returns its place. */
        record Wait(Place place) implements Answer {}

        /** The item is to be parked. */
        record Park(ParkingLane lane) implements Answer {}

        /** The attempt is not to be made now. */
        record Refuse() implements Answer {}
    }

    /**
     * @param limits {@link ConcurrencyLimits#total} is the number of items that are in hand at once, running or waiting.
     */
    Pacing(ConcurrencyLimits limits) {
        this.total = limits.total();
        this.perDestination = limits.perDestination();
        for (Speed speed : Speed.values()) {
            counts.put(speed, new Count());
            waitingForShare.put(speed, new LinkedHashSet<>());
        }
    }

    /** Asks for a place. */
    Answer request(PlaceRequest request, long now) {
        PacedDestination destination = destination(request.group(), request.isRelay());
        destination.apply(request.domain(), request.rule(), perDestination);
        Place place = new Place(request, destination);
        boolean isFirst = !destination.waiting().hasBefore(request);
        Optional<Obstacle> obstacle = isFirst ? obstacle(place, now) : Optional.of(Obstacle.DESTINATION);
        Answer answer;
        if (obstacle.isEmpty()) {
            start(place, now);
            answer = new Answer.Start(place);
        } else if (mayWait(place, obstacle.get())) {
            await(place, obstacle.get());
            answer = new Answer.Wait(place);
        } else if (request.otherwise() == PlaceRequest.Otherwise.PARK) {
            answer = new Answer.Park(lane(place, obstacle.get()));
        } else {
            answer = new Answer.Refuse();
        }
        restIfUnused(destination);
        return answer;
    }

    /** An attempt has ended; returns those that wait no more. Ending it again has no effect. */
    List<Place> end(Place place, AttemptNews news, long now) {
        if (place.state != State.RUNNING) {
            return List.of();
        }
        place.state = State.OVER;
        PacedDestination destination = place.destination;
        Speed before = speed(destination);
        count(before).running--;
        Sender sender = sender(place);
        sender.running--;
        sender.notQuick -= place.speedAtStart == Speed.QUICK ? 0 : 1;
        sender.fresh -= place.speedAtStart == Speed.UNKNOWN && !place.isLong ? 1 : 0;
        forgetIfUnused(place, sender);
        destination.ended(place.request.domain(), news, place.startedNanos, place.isLong, now);
        moveCounts(destination, before);
        List<Place> started = new ArrayList<>();
        serve(destination, now, started);
        serveShares(now, started);
        restIfUnused(destination);
        return started;
    }

    /** An attempt that waits is not to be made any more. */
    void giveUp(Place place) {
        if (place.state == State.WAITING) {
            place.destination.waiting().remove(place);
            leaveWaiting(place);
            place.state = State.OVER;
            restIfUnused(place.destination);
        }
    }

    /**
     * Notices attempts that have been running for long, and rates that allow another message. To be called each second,
     * and at {@link #nextRate}.
     *
     * @return the attempts that wait no more.
     */
    List<Place> tick(long now) {
        List<Place> started = new ArrayList<>();
        while (!byStart.isEmpty()) {
            Place first = byStart.element();
            if (first.state == State.RUNNING) {
                if (now - first.startedNanos <= slowNanos) {
                    break;
                }
                first.isLong = true;
                sender(first).fresh -= first.speedAtStart == Speed.UNKNOWN ? 1 : 0;
                Speed before = speed(first.destination);
                first.destination.runsLong();
                moveCounts(first.destination, before);
                parkWhatDoesNotLeave(first.destination, started);
            }
            byStart.remove();
        }
        for (PacedDestination destination : List.copyOf(waitingForRate)) {
            waitingForRate.remove(destination);
            serve(destination, now, started);
            restIfUnused(destination);
        }
        serveShares(now, started);
        return started;
    }

    /** What waits in memory for a destination that has become slow would hold the places of others. */
    private void parkWhatDoesNotLeave(PacedDestination destination, List<Place> parked) {
        List<Place> gone = destination
                .waiting()
                .trim(mayWaitFor(destination), place -> place.request.otherwise() == PlaceRequest.Otherwise.PARK);
        for (Place place : gone) {
            leaveWaiting(place);
            place.state = State.PARKED;
        }
        parked.addAll(gone);
    }

    /** When a rate next allows a message for which an attempt waits. */
    OptionalLong nextRate(long now) {
        long next = Long.MAX_VALUE;
        for (PacedDestination destination : waitingForRate) {
            next = Math.min(next, Math.max(0, destination.nextRate(now) - now));
        }
        return next == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(now + next);
    }

    private Optional<Obstacle> obstacle(Place place, long now) {
        PlaceRequest request = place.request;
        PacedDestination destination = place.destination;
        int used = running();
        if (used >= total) {
            return Optional.of(Obstacle.PLACES);
        }
        if (destination.isFull() || destination.isDomainFull(request.domain())) {
            return Optional.of(Obstacle.DESTINATION);
        }
        if (destination.mayStartAt(request.domain(), now) - now > 0) {
            return Optional.of(Obstacle.RATE);
        }
        int free = total - used;
        Sender sender = sender(place);
        if (!mayHaveAnother(speed(destination)) || (speed(destination) == Speed.UNKNOWN && hasManyUnknown(sender))) {
            return Optional.of(Obstacle.SLOW_SHARE);
        }
        if (request.isReport()) {
            return sender.running >= Math.max(1, total / REPORTS_PART) && sender.running >= free
                    ? Optional.of(Obstacle.REPORTS_SHARE)
                    : Optional.empty();
        }
        return sender.running < SENDER_TIMES_FREE * free || maySendElsewhere(sender, speed(destination), free)
                ? Optional.empty()
                : Optional.of(Obstacle.SENDER_SHARE);
    }

    /**
     * A sender whose share is used up by others may still send to quick destinations, whose places are soon free again,
     * and to some unknown ones.
     */
    private static boolean maySendElsewhere(Sender sender, Speed speed, int free) {
        return switch (speed) {
            case QUICK -> sender.running - sender.notQuick < SENDER_TIMES_FREE * free;
            case UNKNOWN -> sender.fresh < free / 4;
            case SLOW -> false;
        };
    }

    /** The last places that unknown destinations may have are for those who have few: they share them. */
    private boolean hasManyUnknown(Sender sender) {
        int used = count(Speed.SLOW).running + count(Speed.UNKNOWN).running;
        return used >= total * SENDERS_WITH_MANY_32NDS / 32
                && sender.notQuick >= Math.max(1, (mostSlowOrUnknown() - used) / 2);
    }

    private boolean mayHaveAnother(Speed speed) {
        int slow = count(Speed.SLOW).running;
        return switch (speed) {
            case QUICK -> true;
            case UNKNOWN -> slow + count(Speed.UNKNOWN).running < mostSlowOrUnknown();
            case SLOW -> slow < mostSlow() && slow + count(Speed.UNKNOWN).running < mostSlowOrUnknown();
        };
    }

    private int mostSlow() {
        return total - total / OF_QUICK_AND_UNKNOWN;
    }

    private int mostSlowOrUnknown() {
        return total - total / OF_QUICK;
    }

    /** Whether one more may wait in memory. */
    private boolean mayWait(Place place, Obstacle obstacle) {
        if (place.request.otherwise() == PlaceRequest.Otherwise.WAIT) {
            return true;
        }
        PacedDestination destination = place.destination;
        int free = Math.max(0, free());
        // Others make room for a more urgent one.
        int waits = destination.waiting().sizeFrom(place.request.priority());
        long perSecond = destination.perSecond(slowNanos);
        Speed speed = speed(destination);
        switch (obstacle) {
            case REPORTS_SHARE, SENDER_SHARE -> {
                if (sender(place).waiting >= total / WAITING_SHARE_PART) {
                    return false;
                }
            }
            case DESTINATION, RATE, PLACES -> {
                if (speed == Speed.QUICK && perSecond >= total / SECONDS_NOT_PARKED) {
                    return true;
                }
                if (speed == Speed.UNKNOWN && place.request.isRelay()) {
                    // Most relay hosts are quick, and soon known: to park would cost more.
                    return waitingSlowOrUnknown() < total / WAITING_PART && waits < free * 7L / 8;
                }
            }
            case SLOW_SHARE -> {}
        }
        if (speed != Speed.QUICK) {
            // What waits must not use up what is left for quick destinations.
            if (inHandSlowOrUnknown() >= mostSlow() || waitingSlowOrUnknown() >= Math.max(1, total / WAITING_PART)) {
                return false;
            }
        }
        return waits < Math.min(mayWaitFor(destination), free * 7L / 8);
    }

    /** Twice as many as may run, or what leaves within a second. */
    private long mayWaitFor(PacedDestination destination) {
        return Math.max(2L * destination.limit(), destination.perSecond(slowNanos));
    }

    private ParkingLane lane(Place place, Obstacle obstacle) {
        PlaceRequest request = place.request;
        PacedDestination destination = place.destination;
        boolean hasBacklog = destination.running() + destination.waiting().size() + destination.parked()
                >= destination.limit() + mayWaitFor(destination);
        switch (obstacle) {
            case REPORTS_SHARE -> {
                return ParkingLane.REPORTS;
            }
            case SENDER_SHARE -> {
                return ParkingLane.ofSender(request.sender());
            }
            case SLOW_SHARE, PLACES -> {
                if (!hasBacklog) {
                    destination.parked(1);
                    return ParkingLane.SLOW;
                }
            }
            case DESTINATION, RATE -> {}
        }
        return ParkingLane.ofDestination(request.domain());
    }

    /** So many items more, or less if negative, are being taken from lanes, and ask for places soon. */
    void expect(int more) {
        expected += more;
    }

    /** An item that waited in the lane of all slow destinations comes from there. */
    void tookFromSharedLane(String group) {
        known(group).ifPresent(destination -> destination.parked(-1));
    }

    /**
     * How many items of a lane may come into hand now.
     *
     * @param group of the lane's destination, if it is the lane of one and it is known.
     */
    int roomFor(ParkingLane lane, Optional<String> group) {
        int free = Math.max(0, free());
        int room;
        if (lane.isOfDestination()) {
            room = group.flatMap(this::known).map(known -> roomFor(known, free)).orElse(PacedDestination.FIRST_LIMIT);
        } else if (lane.equals(ParkingLane.REPORTS)) {
            Sender reports = senders.getOrDefault("", new Sender());
            room = Math.max(total / REPORTS_PART, free) - reports.running - reports.waiting;
        } else if (lane.isOfSender()) {
            Sender sender = senders.getOrDefault(lane.sender(), new Sender());
            room = (SENDER_TIMES_FREE * free - sender.running - sender.waiting) / (SENDER_TIMES_FREE + 1);
        } else {
            int slow = count(Speed.SLOW).running + count(Speed.SLOW).waiting;
            room = Math.min(mostSlow() - slow, mostSlowOrUnknown() - inHandSlowOrUnknown());
        }
        return Math.max(0, Math.min(Math.min(room, LANE_BATCH), free));
    }

    /**
     * The same, but none while a destination has enough items in hand, so that items are taken several at a time.
     */
    int roomToTake(ParkingLane lane, Optional<String> group) {
        int room = roomFor(lane, group);
        boolean hasEnough = lane.isOfDestination()
                && group.flatMap(this::known)
                        .filter(destination -> destination.waiting().size() >= destination.limit())
                        .isPresent();
        return hasEnough && room < LANE_BATCH ? 0 : room;
    }

    private int roomFor(PacedDestination destination, int free) {
        Speed speed = speed(destination);
        int inHand = destination.running() + destination.waiting().size();
        int mayStart = mayHaveAnother(speed) ? Math.max(0, destination.limit() - inHand) : 0;
        if (speed != Speed.QUICK) {
            int share = mostSlowOrUnknown() - inHandSlowOrUnknown();
            if (speed == Speed.SLOW) {
                share = Math.min(share, mostSlow() - count(Speed.SLOW).running - count(Speed.SLOW).waiting - expected);
            }
            mayStart = Math.min(mayStart, Math.max(0, share));
        }
        long mayWait = destination.limit() + mayWaitFor(destination) - inHand - mayStart;
        if (speed != Speed.QUICK) {
            mayWait = Math.min(mayWait, total / WAITING_PART - waitingSlowOrUnknown());
            mayWait = Math.min(mayWait, mostSlow() - inHandSlowOrUnknown());
        }
        return (int) Math.min(free, mayStart + Math.max(0, Math.min(mayWait, free * 7L / 8)));
    }

    /** How many more items may come into hand. */
    private int free() {
        return total - running() - waitingAll - expected;
    }

    /** What is expected may be for any destination, and is counted for the worst. */
    private int waitingSlowOrUnknown() {
        return count(Speed.SLOW).waiting + count(Speed.UNKNOWN).waiting + expected;
    }

    private int inHandSlowOrUnknown() {
        return count(Speed.SLOW).running + count(Speed.UNKNOWN).running + waitingSlowOrUnknown();
    }

    private void start(Place place, long now) {
        place.state = State.RUNNING;
        place.startedNanos = now;
        PacedDestination destination = place.destination;
        destination.started(place.request.domain(), place.request.rule(), now);
        place.speedAtStart = speed(destination);
        count(place.speedAtStart).running++;
        Sender sender = senderToKeep(place);
        sender.running++;
        sender.notQuick += place.speedAtStart == Speed.QUICK ? 0 : 1;
        sender.fresh += place.speedAtStart == Speed.UNKNOWN ? 1 : 0;
        while (!byStart.isEmpty() && byStart.element().state != State.RUNNING) {
            byStart.remove();
        }
        byStart.add(place);
    }

    private void await(Place place, Obstacle obstacle) {
        place.destination.waiting().add(place);
        waitingAll++;
        count(speed(place.destination)).waiting++;
        senderToKeep(place).waiting++;
        noteObstacle(place.destination, obstacle);
    }

    private void noteObstacle(PacedDestination destination, Obstacle obstacle) {
        switch (obstacle) {
            case DESTINATION -> {}
            case RATE -> waitingForRate.add(destination);
            case PLACES, SLOW_SHARE, REPORTS_SHARE, SENDER_SHARE ->
                ring(speed(destination)).add(destination);
        }
    }

    private void leaveWaiting(Place place) {
        waitingAll--;
        count(speed(place.destination)).waiting--;
        Sender sender = sender(place);
        sender.waiting--;
        forgetIfUnused(place, sender);
    }

    /** Starts what may start of one destination. */
    private void serve(PacedDestination destination, long now, List<Place> started) {
        while (serveOne(destination, now, started)) {
            if (destination.waiting().size() == 0) {
                return;
            }
        }
    }

    private boolean serveOne(PacedDestination destination, long now, List<Place> started) {
        Set<Obstacle> found = EnumSet.noneOf(Obstacle.class);
        Optional<Place> next = destination
                .waiting()
                .take(
                        place -> {
                            Optional<Obstacle> obstacle = obstacle(place, now);
                            obstacle.ifPresent(found::add);
                            return obstacle.isEmpty();
                        },
                        destination.isFull() ? 0 : LOOKS);
        found.forEach(obstacle -> noteObstacle(destination, obstacle));
        if (next.isEmpty()) {
            return false;
        }
        Place place = next.get();
        leaveWaiting(place);
        start(place, now);
        started.add(place);
        return true;
    }

    /** Gives free places to destinations that wait for one, in turn; quick ones first. */
    private void serveShares(long now, List<Place> started) {
        for (Speed speed : List.of(Speed.QUICK, Speed.UNKNOWN, Speed.SLOW)) {
            Set<PacedDestination> ring = ring(speed);
            int looks = LOOKS;
            while (looks > 0 && !ring.isEmpty() && running() < total && mayHaveAnother(speed)) {
                Iterator<PacedDestination> first = ring.iterator();
                PacedDestination destination = first.next();
                first.remove();
                boolean isServed = destination.waiting().size() > 0 && serveOne(destination, now, started);
                looks -= isServed ? 0 : 1;
                if (isServed && destination.waiting().size() > 0 && !destination.isFull()) {
                    ring.add(destination);
                }
            }
        }
    }

    private void moveCounts(PacedDestination destination, Speed before) {
        Speed now = speed(destination);
        // The caller has counted those that run by the speed before.
        if (now != before) {
            count(before).running -= destination.running();
            count(now).running += destination.running();
            count(before).waiting -= destination.waiting().size();
            count(now).waiting += destination.waiting().size();
            if (ring(before).remove(destination)) {
                ring(now).add(destination);
            }
        }
    }

    private PacedDestination destination(String key, boolean isRelay) {
        PacedDestination known = active.get(key);
        if (known == null) {
            known = idle.remove(key);
            if (known == null) {
                known = new PacedDestination(key, isRelay, perDestination);
            }
            active.put(key, known);
        }
        return known;
    }

    private void restIfUnused(PacedDestination destination) {
        if (!destination.isUnused() || active.remove(destination.key()) == null) {
            return;
        }
        waitingForRate.remove(destination);
        waitingForShare.values().forEach(ring -> ring.remove(destination));
        idle.put(destination.key(), destination);
        if (idle.size() > REMEMBERED) {
            evict(destination);
        }
    }

    /** One whose rate holds back the next message is forgotten only if there are many of them. */
    private void evict(PacedDestination latest) {
        Iterator<PacedDestination> eldest = idle.values().iterator();
        for (int looks = 0; looks < EVICTION_LOOKS && eldest.hasNext(); looks++) {
            PacedDestination one = eldest.next();
            if (one != latest && (one.isForgettable() || looks == EVICTION_LOOKS - 1)) {
                eldest.remove();
                return;
            }
        }
    }

    private Optional<PacedDestination> known(String group) {
        return Optional.ofNullable(active.get(group)).or(() -> Optional.ofNullable(idle.get(group)));
    }

    private Set<PacedDestination> ring(Speed speed) {
        return Objects.requireNonNull(waitingForShare.get(speed));
    }

    private Speed speed(PacedDestination destination) {
        return destination.speed(SLOW_AVERAGE.toNanos());
    }

    private Count count(Speed speed) {
        return Objects.requireNonNull(counts.get(speed));
    }

    private Sender sender(Place place) {
        return senders.getOrDefault(place.request.sender(), new Sender());
    }

    private Sender senderToKeep(Place place) {
        return senders.computeIfAbsent(place.request.sender(), unused -> new Sender());
    }

    private void forgetIfUnused(Place place, Sender sender) {
        if (sender.running == 0 && sender.waiting == 0) {
            senders.remove(place.request.sender());
        }
    }

    /** The attempts that run. */
    int running() {
        int all = 0;
        for (Count count : counts.values()) {
            all += count.running;
        }
        return all;
    }

    /** The attempts that wait in memory. */
    int waiting() {
        return waitingAll;
    }

    /** The attempts that run of destinations of one speed. */
    int running(Speed speed) {
        return count(speed).running;
    }

    /** The attempts of one destination that run. */
    int running(String group) {
        PacedDestination destination = active.get(group);
        return destination == null ? 0 : destination.running();
    }

    /** Whether places are scarce, so that connections should not be kept for later. */
    boolean isScarce() {
        return running() + waitingAll > mostSlow();
    }

    /** How many destinations are known. */
    int remembered() {
        return active.size() + idle.size();
    }

    /** What is known of the destinations with attempts that run or wait, and when each was used last no more. */
    List<PacingSnapshot.Destination> snapshot() {
        return active.values().stream()
                .map(one -> new PacingSnapshot.Destination(
                        one.key(),
                        one.running(),
                        one.waiting().size(),
                        one.limit(),
                        one.why(),
                        speed(one).name().toLowerCase(Locale.ROOT),
                        one.lastReply()))
                .toList();
    }
}
