package dev.caravan.queue;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The attributes of an item besides its message, next hop and progress. A server of a later version may have added
 * attributes that this one does not know: they stay in the item through retries, splits and moves. Immutable.
 *
 * @param hold why the message is held; empty unless it is in {@code mail.hold}.
 * @param unknown attributes that this version does not know, in their order.
 * @param unknownWords by recipient, the words of its line that this version does not know, each with a space before it.
 */
public record ItemAttributes(
        Optional<Hold> hold, List<UnknownAttribute> unknown, Map<ForwardPath, String> unknownWords) {
    /** The most attributes that are kept although this version does not know them. */
    public static final int MAX_UNKNOWN = 64;
    /** The most octets of all their lines together. */
    public static final int MAX_UNKNOWN_OCTETS = 16 * 1024;
    /** The most octets of the unknown words of one recipient. */
    public static final int MAX_UNKNOWN_WORDS = 1024;

    /** No attributes. */
    public static final ItemAttributes NONE = new ItemAttributes(Optional.empty(), List.of(), Map.of());

    public ItemAttributes {
        unknown = List.copyOf(unknown);
        unknownWords = Map.copyOf(unknownWords);
    }

    /** The same with another hold, or none. */
    public ItemAttributes withHold(Optional<Hold> other) {
        return other.equals(hold) ? this : new ItemAttributes(other, unknown, unknownWords);
    }
}
