package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.QueueRotation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of an operator's command. The client keeps it between two requests, so that the server holds no state.
 *
 * @param pass the pass.
 * @param queue the queue it is in, or has completed; empty at the beginning.
 * @param isWithinQueue whether the queue is not completed.
 * @param isTurned whether the pass has put messages back, so that only its end has the order of the queue.
 * @param left the number of selected messages still in the queue; empty if not known.
 */
record PassCursor(QueueRotation.PassId pass, String queue, boolean isWithinQueue, boolean isTurned, OptionalLong left) {
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{16}):([0-9]{1,15}):(in|turned|after):([0-9]{1,15}|):(.{0,500})");

    static PassCursor begin(Instant now) {
        return new PassCursor(QueueRotation.PassId.begin(now), "", false, false, OptionalLong.empty());
    }

    static PassCursor of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("after is not of a command (expected: as the part before said)");
        }
        String left = matcher.group(4);
        return new PassCursor(
                new QueueRotation.PassId(matcher.group(1), Instant.ofEpochMilli(Long.parseLong(matcher.group(2)))),
                matcher.group(5),
                !matcher.group(3).equals("after"),
                matcher.group(3).equals("turned"),
                left.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(left)));
    }

    PassCursor in(String other, boolean isOtherTurned, OptionalLong others) {
        return new PassCursor(pass, other, true, isOtherTurned, others);
    }

    PassCursor after(String other) {
        return new PassCursor(pass, other, false, false, OptionalLong.empty());
    }

    /** The queue that comes after this one. */
    Optional<String> nextOf(List<String> names) {
        return names.stream()
                .filter(name -> queue.isEmpty() || QueueFilter.inOrder(name, queue) > 0)
                .findFirst();
    }

    @Override
    public String toString() {
        String where = isWithinQueue ? isTurned ? "turned" : "in" : "after";
        return pass.id() + ":" + pass.begun().toEpochMilli() + ":" + where + ":"
                + (left.isPresent() ? Long.toString(left.getAsLong()) : "") + ":" + queue;
    }
}
