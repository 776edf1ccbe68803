package dev.caravan.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The attempts of one priority that wait for one destination. Recipient domains take turns, within each of them senders
 * take turns, and each sender's attempts are in order. Not thread-safe.
 */
final class WaitingTurns {
    private final Map<String, OfDomain> byDomain = new HashMap<>();
    private final Deque<OfDomain> turns = new ArrayDeque<>();
    private int size;

    private static final class OfDomain {
        private final String domain;
        private final Map<String, OfSender> bySender = new HashMap<>();
        private final Deque<OfSender> turns = new ArrayDeque<>();

        OfDomain(String domain) {
            this.domain = domain;
        }
    }

    private static final class OfSender {
        private final String sender;
        private final Deque<Pacing.Place> places = new ArrayDeque<>();

        OfSender(String sender) {
            this.sender = sender;
        }
    }

    int size() {
        return size;
    }

    /** Whether an attempt of the same sender waits for the same domain. */
    boolean hasBefore(PlaceRequest request) {
        OfDomain domain = byDomain.get(request.domain());
        return domain != null && domain.bySender.containsKey(request.sender());
    }

    void add(Pacing.Place place) {
        PlaceRequest request = place.request();
        OfDomain domain = byDomain.computeIfAbsent(request.domain(), name -> {
            OfDomain made = new OfDomain(name);
            turns.add(made);
            return made;
        });
        domain.bySender
                .computeIfAbsent(request.sender(), name -> {
                    OfSender made = new OfSender(name);
                    domain.turns.add(made);
                    return made;
                })
                .places
                .add(place);
        size++;
    }

    /**
     * Takes the next one that may start; the turn goes to the domain and the sender after it.
     *
     * @param most how many senders are looked at.
     */
    Optional<Pacing.Place> take(Predicate<Pacing.Place> mayStart, int most) {
        int looks = most;
        for (int d = turns.size(); d > 0 && looks > 0; d--) {
            OfDomain domain = turns.remove();
            turns.add(domain);
            for (int s = domain.turns.size(); s > 0 && looks > 0; s--) {
                looks--;
                OfSender sender = domain.turns.remove();
                domain.turns.add(sender);
                Pacing.Place first = sender.places.element();
                if (mayStart.test(first)) {
                    remove(domain, sender, first);
                    return Optional.of(first);
                }
            }
        }
        return Optional.empty();
    }

    /** Removes the newest ones that may go, of each domain and sender in turn, until so many are left. */
    List<Pacing.Place> trim(long left, Predicate<Pacing.Place> mayGo) {
        List<Pacing.Place> gone = new ArrayList<>();
        boolean isTrimming = size > left;
        while (isTrimming) {
            isTrimming = false;
            for (OfDomain domain : List.copyOf(turns)) {
                for (OfSender sender : List.copyOf(domain.turns)) {
                    Pacing.Place last = sender.places.getLast();
                    if (size > left && mayGo.test(last)) {
                        remove(domain, sender, last);
                        gone.add(last);
                        isTrimming = size > left;
                    }
                }
            }
        }
        return gone;
    }

    /** Removes one that does not wait any more. */
    void remove(Pacing.Place place) {
        OfDomain domain = byDomain.get(place.request().domain());
        OfSender sender =
                domain == null ? null : domain.bySender.get(place.request().sender());
        if (domain != null && sender != null && sender.places.contains(place)) {
            remove(domain, sender, place);
        }
    }

    private void remove(OfDomain domain, OfSender sender, Pacing.Place place) {
        if (sender.places.getLast() == place) {
            sender.places.removeLast();
        } else {
            sender.places.remove(place);
        }
        size--;
        if (sender.places.isEmpty()) {
            domain.bySender.remove(sender.sender);
            domain.turns.removeLastOccurrence(sender);
        }
        if (domain.bySender.isEmpty()) {
            byDomain.remove(domain.domain);
            turns.removeLastOccurrence(domain);
        }
    }
}
