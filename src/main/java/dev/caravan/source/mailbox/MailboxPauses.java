package dev.caravan.source.mailbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The messages of a mailbox that are skipped for a while, because they could not be taken, or were taken and are still
 * in the mailbox. Each failure doubles the pause. Uses monotonic time. Not thread-safe.
 */
public final class MailboxPauses {
    private final Duration first;
    private final Duration longest;
    private final LongSupplier nanos;
    private final Map<String, Pause> pauses = new HashMap<>();

    private record Pause(Duration length, long until, boolean isTaken) {}

    /**
     * @param first the pause after the first failure.
     * @param longest the maximum pause; a longer {@code first} takes precedence.
     * @param nanos the time source, such as {@link System#nanoTime}.
     */
    public MailboxPauses(Duration first, Duration longest, LongSupplier nanos) {
        this.first = first;
        this.longest = longest.compareTo(first) < 0 ? first : longest;
        this.nanos = nanos;
    }

    /** Whether a message has failed or was taken before. */
    boolean isKnown(String name) {
        return pauses.containsKey(name);
    }

    /** Whether a message was taken and was still in the mailbox at the last poll. */
    boolean isTaken(String name) {
        Pause pause = pauses.get(name);
        return pause != null && pause.isTaken();
    }

    /** Whether a message has no pause or its pause has ended. */
    boolean isDue(String name) {
        Pause pause = pauses.get(name);
        return pause == null || nanos.getAsLong() - pause.until() >= 0;
    }

    /** When the pause of a known message ends, on the scale of {@code nanos}. */
    long until(String name) {
        Pause pause = pauses.get(name);
        if (pause == null) {
            throw new IllegalArgumentException(name + " has no pause (expected: a known message)");
        }
        return pause.until();
    }

    /** Records that a message failed; returns its pause. */
    Duration failed(String name) {
        return begin(name, next(name), isTaken(name));
    }

    /** Records that a message failed for a lasting reason; returns its pause. */
    Duration failedForLong(String name) {
        return begin(name, longest, isTaken(name));
    }

    /** Records that the server could not store a message, which is no failure of the message; returns its pause. */
    Duration postponed(String name) {
        return begin(name, first, isTaken(name));
    }

    /** Records that a message was taken; if it appears again, the mailbox did not remove it. Returns its pause. */
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

    /** Drops messages that are not in the mailbox any more. */
    void retain(Set<String> names) {
        pauses.keySet().retainAll(names);
    }

    /** The number of known messages. */
    int size() {
        return pauses.size();
    }
}
