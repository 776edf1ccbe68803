package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far an operator's command has come. Whoever asked for it keeps this, so that nothing of it is in our memory.
 *
 * @param stamp of the pass.
 * @param queue the queue it is in, or has done with; empty at the beginning.
 * @param isInside whether there is more to do in that queue.
 * @param left how many mails that are meant are still in it; empty if that is not known.
 */
public record PassCursor(QueueRotation.Stamp stamp, String queue, boolean isInside, OptionalLong left) {
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{16}):([0-9]{1,15}):(in|after):([0-9]{1,15}|):(.{0,500})");
    private static final SecureRandom RANDOM = new SecureRandom();

    public static PassCursor begin(Instant now) {
        String id = String.format(Locale.ROOT, "%016x", RANDOM.nextLong());
        // Queues keep whole milliseconds.
        QueueRotation.Stamp stamp = new QueueRotation.Stamp(id, now.truncatedTo(ChronoUnit.MILLIS));
        return new PassCursor(stamp, "", false, OptionalLong.empty());
    }

    static PassCursor of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("after is not of a command (expected: as the part before said)");
        }
        String left = matcher.group(4);
        return new PassCursor(
                new QueueRotation.Stamp(matcher.group(1), Instant.ofEpochMilli(Long.parseLong(matcher.group(2)))),
                matcher.group(5),
                matcher.group(3).equals("in"),
                left.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(left)));
    }

    PassCursor in(String other, OptionalLong others) {
        return new PassCursor(stamp, other, true, others);
    }

    PassCursor after(String other) {
        return new PassCursor(stamp, other, false, OptionalLong.empty());
    }

    /** The queue that comes after this one. */
    Optional<String> nextOf(List<String> names) {
        return names.stream()
                .filter(name -> queue.isEmpty() || QueueFilter.inOrder(name, queue) > 0)
                .findFirst();
    }

    @Override
    public String toString() {
        return stamp.id() + ":" + stamp.begun().toEpochMilli() + ":" + (isInside ? "in" : "after") + ":"
                + (left.isPresent() ? Long.toString(left.getAsLong()) : "") + ":" + queue;
    }
}
