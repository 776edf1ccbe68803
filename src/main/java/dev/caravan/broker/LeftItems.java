package dev.caravan.broker;

import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.queue.UnsupportedItems;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts items of newer servers back at the tail of a queue whose head is being consumed, in the same transactions. Not
 * thread-safe.
 */
public final class LeftItems {
    private final String queue;
    private final UnsupportedItems unsupported;
    private final List<Left> pending = new ArrayList<>();
    private int count;

    private record Left(byte[] octets, UnsupportedItemException reason) {}

    public LeftItems(String queue, UnsupportedItems unsupported) {
        this.queue = queue;
        this.unsupported = unsupported;
    }

    /**
     * Whether a message at the head is an item that was put back a moment ago. The answer for a message does not change
     * until the next commit, unless a pause ends meanwhile.
     */
    public boolean isPaused(Message message) {
        if (!unsupported.isKnown(queue)) {
            return false;
        }
        Optional<byte[]> octets = MessageCopy.octets(message);
        return octets.isPresent() && !unsupported.pause(queue, octets.get()).isZero();
    }

    public void putBack(ProducerCache producers, Message message, UnsupportedItemException reason) throws JMSException {
        producers.to(queue).send(MessageCopy.unchanged(message));
        pending.add(new Left(MessageCopy.octets(message).orElseThrow(), reason));
    }

    public void committed() {
        pending.forEach(left -> unsupported.putBack(queue, left.octets(), left.reason()));
        count += pending.size();
        pending.clear();
    }

    public void rolledBack() {
        pending.clear();
    }

    /** The number of items that were put back. */
    public int count() {
        return count;
    }
}
