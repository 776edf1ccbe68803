package dev.caravan.source.mailbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Which messages of a mailbox are left alone for a while, because they could not be taken or were taken and are still
 * there. Each failure doubles the pause. By monotonic time. For one thread.
 */
public final class MailboxPauses {
    private final Duration first;
    private final Duration longest;
    private final LongSupplier nanos;
    private final Map<String, Pause> pauses = new HashMap<>();

    private record Pause(Duration length, long until, boolean isTaken) {}

    /**
     * @param first the pause after the first failure.
     * @param longest no pause is longer, unless the first is.
     * @param nanos the time, as {@link System#nanoTime} has it.
     */
    public MailboxPauses(Duration first, Duration longest, LongSupplier nanos) {
        this.first = first;
        this.longest = longest.compareTo(first) < 0 ? first : longest;
        this.nanos = nanos;
    }

    /** Whether a message failed, or was taken, before. */
    boolean isKnown(String name) {
        return pauses.containsKey(name);
    }

    /** Whether a message is stored here, and was still there at the last look. */
    boolean isTaken(String name) {
        Pause pause = pauses.get(name);
        return pause != null && pause.isTaken();
    }

    /** Whether a message may be tried now. */
    boolean isDue(String name) {
        Pause pause = pauses.get(name);
        return pause == null || nanos.getAsLong() - pause.until() >= 0;
    }

    /** When the pause of a known message ends, on the scale of the clock given. */
    long until(String name) {
        return pauses.get(name).until();
    }

    /** A message failed; the pause that begins. */
    Duration failed(String name) {
        return begin(name, next(name), isTaken(name));
    }

    /** A message failed in a way that will not change soon; the pause that begins. */
    Duration failedForLong(String name) {
        return begin(name, longest, isTaken(name));
    }

    /** A message could not be stored here, which says nothing about the message; the pause that begins. */
    Duration postponed(String name) {
        return begin(name, first, isTaken(name));
    }

    /** A message was taken; if it is seen again, it was not removed. The pause that begins. */
    Duration taken(String name) {
        return begin(name, next(name), true);
    }

    private Duration next(String name) {
        Pause pause = pauses.get(name);
        Duration doubled = pause == null ? first : pause.length().multipliedBy(2);
        return doubled.compareTo(longest) > 0 ? longest : doubled;
    }

    private Duration begin(String name, Duration length, boolean isTaken) {
        pauses.put(name, new Pause(length, nanos.getAsLong() + length.toNanos(), isTaken));
        return length;
    }

    /** Forgets messages that are not in the mailbox any more. */
    void retain(Set<String> names) {
        pauses.keySet().retainAll(names);
    }

    /** How many messages are known. */
    int size() {
        return pauses.size();
    }
}
