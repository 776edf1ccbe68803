package dev.caravan.delivery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The attempts that wait for one destination, those of messages with a greater priority first (RFC 6710 §4.3); those of
 * one priority take turns ({@link WaitingTurns}). Not thread-safe.
 */
final class WaitingPlaces {
    private final SortedMap<Integer, WaitingTurns> byPriority = new TreeMap<>(Comparator.reverseOrder());

    int size() {
        return sizeFrom(Integer.MIN_VALUE);
    }

    /** How many of them have this priority or a greater one. */
    int sizeFrom(int priority) {
        int size = 0;
        for (Map.Entry<Integer, WaitingTurns> turns : byPriority.entrySet()) {
            size += turns.getKey() >= priority ? turns.getValue().size() : 0;
        }
        return size;
    }

    /** Whether an attempt of the same sender, and of no lower priority, waits for the same domain. */
    boolean hasBefore(PlaceRequest request) {
        for (Map.Entry<Integer, WaitingTurns> turns : byPriority.entrySet()) {
            if (turns.getKey() >= request.priority() && turns.getValue().hasBefore(request)) {
                return true;
            }
        }
        return false;
    }

    void add(Pacing.Place place) {
        byPriority
                .computeIfAbsent(place.request().priority(), unused -> new WaitingTurns())
                .add(place);
    }

    /**
     * Takes the next one that may start.
     *
     * @param most how many senders of each priority are looked at.
     */
    Optional<Pacing.Place> take(Predicate<Pacing.Place> mayStart, int most) {
        for (Map.Entry<Integer, WaitingTurns> turns : byPriority.entrySet()) {
            Optional<Pacing.Place> next = turns.getValue().take(mayStart, most);
            if (next.isPresent()) {
                forgetIfEmpty(turns.getKey());
                return next;
            }
        }
        return Optional.empty();
    }

    /** Removes those that may go, of the lowest priority and the newest first, until so many are left. */
    List<Pacing.Place> trim(long left, Predicate<Pacing.Place> mayGo) {
        List<Pacing.Place> gone = new ArrayList<>();
        List<Integer> lowestFirst = new ArrayList<>(byPriority.keySet());
        lowestFirst.sort(Comparator.naturalOrder());
        for (int priority : lowestFirst) {
            WaitingTurns turns = byPriority.getOrDefault(priority, new WaitingTurns());
            long others = (long) size() - turns.size();
            gone.addAll(turns.trim(Math.max(0, left - others), mayGo));
            forgetIfEmpty(priority);
        }
        return gone;
    }

    /** Removes one that does not wait any more. */
    void remove(Pacing.Place place) {
        int priority = place.request().priority();
        WaitingTurns turns = byPriority.get(priority);
        if (turns != null) {
            turns.remove(place);
            forgetIfEmpty(priority);
        }
    }

    private void forgetIfEmpty(int priority) {
        WaitingTurns turns = byPriority.get(priority);
        if (turns != null && turns.size() == 0) {
            byPriority.remove(priority);
        }
    }
}
