package dev.caravan.queue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The queues of messages that wait until a time of their own, each for another one: a wheel of slots. There are slots of
 * five seconds, two minutes, an hour and a day, each a queue, used again when its time comes round. A message waits in the
 * slot of its day, then of its hour, and so on, and so is moved a few times, however long it waits; nobody has to know
 * which messages wait, and the names of the queues are always the same. A message is due up to five seconds late, and
 * never early.
 */
public enum TimedQueues {
    /** Mail that its sender wants to be held back until a time: {@code mail.later.WIDTH.SLOT}. */
    LATER(QueueNames.LATER_PREFIX),
    /** Mail that waits for its next attempt until a time that is not a delay of the policy. */
    RETRY(QueueNames.RETRY_PREFIX + "at.");

    /** Slots of one width; all slots of a level together are as long as a slot of the next one, or longer. */
    private enum Level {
        SECONDS("5s", 5_000L, 24),
        MINUTES("2m", 120_000L, 30),
        HOURS("1h", 3_600_000L, 24),
        DAYS("1d", 86_400_000L, 32);

        private final String width;
        private final long millis;
        private final int slots;

        Level(String width, long millis, int slots) {
            this.width = width;
            this.millis = millis;
            this.slots = slots;
        }

        private long index(long at) {
            return Math.floorDiv(at, millis);
        }

        private String name(long index) {
            return width + "." + String.format(Locale.ROOT, "%02d", Math.floorMod(index, (long) slots));
        }
    }

    private final String prefix;

    TimedQueues(String prefix) {
        this.prefix = prefix;
    }

    /** The beginning of the names of its queues, with the dot at the end. */
    public String prefix() {
        return prefix;
    }

    /** The wheel that a queue belongs to; empty if to none. */
    public static Optional<TimedQueues> of(String queue) {
        for (TimedQueues wheel : values()) {
            if (queue.startsWith(wheel.prefix)) {
                return Optional.of(wheel);
            }
        }
        return Optional.empty();
    }

    /**
     * The queue in which a message waits at a time.
     *
     * @param due when it is to be moved on.
     * @return empty if it is due.
     */
    public Optional<String> queue(Instant due, Instant now) {
        long wide = Level.SECONDS.millis;
        long at = Math.floorDiv(millis(due) + wide - 1, wide) * wide;
        long present = millis(now);
        if (at <= present) {
            return Optional.empty();
        }
        for (Level level : Level.values()) {
            if (level.index(at) - level.index(present) < level.slots) {
                return Optional.of(prefix + level.name(level.index(at)));
            }
        }
        Level last = Level.DAYS;
        return Optional.of(prefix + last.name(last.index(present) + last.slots - 1));
    }

    /** Within the years that dates of mail have, so that sums cannot overflow. */
    private static long millis(Instant at) {
        long most = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond();
        return Math.max(0, Math.min(most, at.getEpochSecond())) * 1000
                + at.getNano() / 1_000_000
                + (at.getNano() % 1_000_000 > 0 ? 1 : 0);
    }

    /** All queues of the wheel. */
    public List<String> queues() {
        List<String> names = new ArrayList<>();
        for (Level level : Level.values()) {
            for (int slot = 0; slot < level.slots; slot++) {
                names.add(prefix + level.name(slot));
            }
        }
        return names;
    }

    /**
     * The queues whose time has begun: their messages are to be moved on.
     *
     * @param after their time began later than this.
     * @param until their time began at this or earlier.
     */
    public Set<String> begun(Instant after, Instant until) {
        Set<String> names = new LinkedHashSet<>();
        for (Level level : Level.values()) {
            long last = level.index(millis(until));
            long first = Math.max(level.index(millis(after)) + 1, last - level.slots + 1);
            for (long index = first; index <= last; index++) {
                names.add(prefix + level.name(index));
            }
        }
        return names;
    }
}
