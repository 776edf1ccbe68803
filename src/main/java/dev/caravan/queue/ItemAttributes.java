package dev.caravan.queue;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an item says besides its message, next hop and progress. A server of a later version may have added attributes
 * that this one does not know: they stay in the item through retries, splits and moves. Immutable.
 *
 * @param hold why the message is held; empty unless it is in {@code mail.hold}.
 * @param unknown attributes that this version does not know, in their order.
 * @param unknownWords by recipient, the words of its line that this version does not know, each with a space before it.
 */
public record ItemAttributes(
        Optional<Hold> hold, List<UnknownAttribute> unknown, Map<ForwardPath, String> unknownWords) {
    /** How many attributes are kept that this version does not know. */
    public static final int MAX_UNKNOWN = 64;
    /** How many octets the lines of all of them may have. */
    public static final int MAX_UNKNOWN_OCTETS = 16 * 1024;
    /** How many octets the unknown words of one recipient may have. */
    public static final int MAX_UNKNOWN_WORDS = 1024;

    /** Nothing is said. */
    public static final ItemAttributes NONE = new ItemAttributes(Optional.empty(), List.of(), Map.of());

    public ItemAttributes {
        unknown = List.copyOf(unknown);
        unknownWords = Map.copyOf(unknownWords);
    }

    /** The same with another reason to be held, or none. */
    public ItemAttributes withHold(Optional<Hold> other) {
        return other.equals(hold) ? this : new ItemAttributes(other, unknown, unknownWords);
    }
}
