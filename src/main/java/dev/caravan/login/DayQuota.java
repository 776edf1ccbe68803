package dev.caravan.login;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many messages and recipients went to a smart host in the last 24 hours, counted by the hour: what was sent 24 hours
 * ago counts until its hour is over. Not thread-safe.
 */
final class DayQuota {
    private static final long HOURS = 24;
    private static final long SECONDS = Duration.ofHours(1).toSeconds();

    private final SortedMap<Long, Count> byHour = new TreeMap<>();

    /**
     * How much was sent.
     *
     * @param messages at least 0.
     * @param recipients at least 0.
     */
    record Count(long messages, long recipients) {
        static final Count NONE = new Count(0, 0);

        Count plus(long moreMessages, long moreRecipients) {
            return new Count(Math.max(0, messages + moreMessages), Math.max(0, recipients + moreRecipients));
        }
    }

    static long hour(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), SECONDS);
    }

    /** What counts now. */
    Count used(Instant now) {
        forget(now);
        Count sum = Count.NONE;
        for (Count count : byHour.values()) {
            sum = sum.plus(count.messages(), count.recipients());
        }
        return sum;
    }

    /** Whether a message to so many recipients may be sent. One that is larger than the whole quota may, if it is alone. */
    boolean hasRoom(SmartHost.Limits limits, int recipients, Instant now) {
        Count used = used(now);
        return fits(used.messages(), 1, limits.messagesPerDay())
                && fits(used.recipients(), recipients, limits.recipientsPerDay());
    }

    private static boolean fits(long used, long more, OptionalInt most) {
        return most.isEmpty() || used == 0 || used + more <= most.getAsInt();
    }

    /** Counts a message; negative numbers take back what was not sent. */
    void add(Instant at, int messages, int recipients) {
        byHour.merge(
                hour(at), Count.NONE.plus(messages, recipients), (before, more) -> before.plus(messages, recipients));
    }

    /** Puts in what was counted before a restart. */
    void put(long hour, Count count) {
        byHour.put(hour, count);
    }

    /** What is counted, by hours since 1970. */
    SortedMap<Long, Count> byHour(Instant now) {
        forget(now);
        return byHour;
    }

    private void forget(Instant now) {
        long present = hour(now);
        // Of a clock that was ahead nothing is kept.
        byHour.keySet().removeIf(hour -> hour < present - HOURS || hour > present + 1);
    }
}
