package dev.caravan.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What everybody saw of the mails of one round: clients, peers, mailboxes and queues write it down, from any thread, and
 * in the end each mail is accounted for. Times are those of {@link System#nanoTime}.
 *
 * <p>A second copy is explained only by the moment of the first: its receiver ended it without a reply, or the server
 * was killed after the receiver had said 250, at most {@link #LONGEST_IN_HAND_NANOS} later, and before the second copy
 * began; and one kill explains no more mails than the server had in hand.
 */
public final class Ledger {
    /** How long after a peer's 250 a server may take to write it down; more would be a mistake of ours. */
    static final long LONGEST_IN_HAND_NANOS = 10_000_000_000L;

    private static final long AT_THE_END = Long.MAX_VALUE;

    /** What the client saw. */
    private enum Fate {
        UNHEARD,
        ACKNOWLEDGED,
        REFUSED
    }

    private enum Place {
        DELIVERED,
        BOUNCED,
        QUEUED
    }

    private record Sent(List<String> recipients, Fate fate) {}

    private record Sighting(Place place, long began, long ended, boolean isAnswered) {}

    private record Kill(long from, long to, int mostInHand, Set<String> explained) {}

    private final Map<String, Sent> sent = new ConcurrentHashMap<>();
    private final Map<Copy, ConcurrentLinkedQueue<Sighting>> sightings = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Kill> kills = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
    private final ConcurrentSkipListMap<Long, String> waits = new ConcurrentSkipListMap<>();

    /** A client begins to send a mail; until it hears more, the mail is unheard of. */
    public void sending(String mail, List<String> recipients) {
        sent.put(mail, new Sent(List.copyOf(recipients), Fate.UNHEARD));
    }

    /** The client saw 250 for the whole mail. */
    public void acknowledged(String mail) {
        sent.computeIfPresent(mail, (id, before) -> new Sent(before.recipients, Fate.ACKNOWLEDGED));
    }

    /** The client saw another reply: it still has the mail. */
    public void refused(String mail) {
        sent.computeIfPresent(mail, (id, before) -> new Sent(before.recipients, Fate.REFUSED));
    }

    /** How long a client waited for a reply. */
    public void waited(String mail, long nanos) {
        waits.put(nanos, mail);
    }

    /** A mailbox holds it. */
    public void arrived(Copy copy) {
        see(copy, new Sighting(Place.DELIVERED, AT_THE_END, AT_THE_END, true));
    }

    /**
     * A peer took it and said 250.
     *
     * @param began when its mail transaction began.
     * @param ended just before its 250.
     */
    public void taken(Copy copy, long began, long ended) {
        see(copy, new Sighting(Place.DELIVERED, began, ended, true));
    }

    /** A peer took it, and was gone before its 250. */
    public void takenSilently(Copy copy, long began, long ended) {
        see(copy, new Sighting(Place.DELIVERED, began, ended, false));
    }

    /** The sender was told that it is undeliverable. */
    public void bounced(Copy copy) {
        see(copy, new Sighting(Place.BOUNCED, AT_THE_END, AT_THE_END, true));
    }

    /** It still waits in a queue when all is over. */
    public void queued(Copy copy) {
        see(copy, new Sighting(Place.QUEUED, AT_THE_END, AT_THE_END, true));
    }

    private void see(Copy copy, Sighting sighting) {
        sightings.computeIfAbsent(copy, unused -> new ConcurrentLinkedQueue<>()).add(sighting);
    }

    /**
     * The server, or the broker under it, was killed.
     *
     * @param from before the kill.
     * @param to when it was surely dead.
     * @param mostInHand how many deliveries it may have had in hand.
     */
    public void killed(long from, long to, int mostInHand) {
        kills.add(new Kill(from, to, mostInHand, new HashSet<>()));
    }

    /** Something that must never be seen, such as a mail cut short. */
    public void complain(String what) {
        complaints.add(what);
    }

    /** How many mails were acknowledged until now. */
    public int acknowledged() {
        return (int) sent.values().stream()
                .filter(mail -> mail.fate == Fate.ACKNOWLEDGED)
                .count();
    }

    /** How many mails were given to the server until now, whatever it said. */
    public int sent() {
        return sent.size();
    }

    /** Whether every acknowledged mail was seen somewhere. */
    public boolean isComplete() {
        return sent.entrySet().stream()
                .filter(entry -> entry.getValue().fate == Fate.ACKNOWLEDGED)
                .flatMap(entry -> copies(entry.getKey(), entry.getValue()).stream())
                .allMatch(sightings::containsKey);
    }

    private static List<Copy> copies(String mail, Sent sent) {
        return sent.recipients.stream()
                .map(recipient -> new Copy(mail, recipient))
                .toList();
    }

    /** Accounts for every mail. */
    public Account account() {
        kills.forEach(kill -> kill.explained.clear());
        Tally tally = Tally.NONE;
        List<String> faults = new ArrayList<>(complaints);
        Map<Copy, Fate> fates = new TreeMap<>(Comparator.comparing(Copy::mail).thenComparing(Copy::recipient));
        sent.forEach((mail, what) -> copies(mail, what).forEach(copy -> fates.put(copy, what.fate)));
        for (Map.Entry<Copy, Fate> entry : fates.entrySet()) {
            tally = tally.plus(account(entry.getKey(), entry.getValue(), faults));
        }
        sightings.keySet().stream()
                .filter(copy -> !fates.containsKey(copy))
                .forEach(copy -> faults.add(copy + " was seen, but never sent"));
        long wait = waits.isEmpty() ? 0 : waits.lastKey() / 1_000_000;
        return new Account(tally.plus(new Tally(0, 0, 0, 0, 0, 0, 0, 0, 0, wait)), List.copyOf(faults));
    }

    private Tally account(Copy copy, Fate fate, List<String> faults) {
        List<Sighting> seen = sightings.getOrDefault(copy, new ConcurrentLinkedQueue<>()).stream()
                .sorted(Comparator.comparingLong(Sighting::began))
                .toList();
        int explained = 0;
        int duplicated = 0;
        for (int i = 1; i < seen.size(); i++) {
            if (isExplained(copy, seen.get(i - 1), seen.get(i))) {
                explained++;
            } else {
                duplicated++;
            }
        }
        if (duplicated > 0) {
            faults.add(copy + " was doubled: " + seen);
        }
        boolean isKept = !seen.isEmpty();
        if (fate != Fate.ACKNOWLEDGED) {
            long kept = isKept ? 1 : 0;
            boolean isUnheard = fate == Fate.UNHEARD;
            return new Tally(0, 0, 0, 0, 0, duplicated, explained, isUnheard ? kept : 0, isUnheard ? 0 : kept, 0);
        }
        if (!isKept) {
            faults.add(copy + " is lost");
        }
        Place place = isKept ? seen.get(0).place : Place.QUEUED;
        return new Tally(
                1,
                isKept && place == Place.DELIVERED ? 1 : 0,
                isKept && place == Place.BOUNCED ? 1 : 0,
                isKept && place == Place.QUEUED ? 1 : 0,
                isKept ? 0 : 1,
                duplicated,
                explained,
                0,
                0,
                0);
    }

    private boolean isExplained(Copy copy, Sighting first, Sighting second) {
        if (!first.isAnswered) {
            return true;
        }
        for (Kill kill : kills) {
            boolean cameAfter = first.ended <= kill.to
                    && kill.from - first.ended <= LONGEST_IN_HAND_NANOS
                    && second.began >= kill.from;
            if (cameAfter && (kill.explained.contains(copy.mail()) || kill.explained.size() < kill.mostInHand)) {
                kill.explained.add(copy.mail());
                return true;
            }
        }
        return false;
    }
}
