package dev.caravan.queue;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Items of newer servers that this server leaves in their queues. Code that takes one from the head of its queue puts
 * it back at the tail, unchanged, so that the rest of the queue is processed. This class limits how fast that happens:
 * an item that comes to the head again is paused, so that on average no more than 100 a second are put back in each
 * queue, and a single one once a second. The items are recognized by their ids, because another server may have put
 * them back. Logs one warning for each item. Thread-safe.
 */
public final class UnsupportedItems {
    private static final Logger LOG = LoggerFactory.getLogger(UnsupportedItems.class);
    private static final Duration PAUSE_EACH = Duration.ofMillis(10);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final int MAX_ROUND = 10_000;
    private static final int MAX_WARNINGS = 10_000;

    /** What was put back in a queue since the last pause. */
    private static final class Round {
        private final Set<String> items = new HashSet<>();
        private long lastAt;
    }

    private final LongSupplier nanoTime;
    private final int maxWarnings;
    private final Map<String, Round> rounds = new HashMap<>();
    private final Set<String> warned = new HashSet<>();

    public UnsupportedItems() {
        this(System::nanoTime, MAX_WARNINGS);
    }

    UnsupportedItems(LongSupplier nanoTime, int maxWarnings) {
        this.maxWarnings = maxWarnings;
        this.nanoTime = nanoTime;
    }

    /** Whether any item was ever left in this queue; if not, none is paused. */
    public synchronized boolean isKnown(String queue) {
        return rounds.containsKey(queue);
    }

    /**
     * How long to wait before an item that is at the head of its queue is put back.
     *
     * @param octets the stored item.
     * @return zero for an item that was not put back since the last pause.
     */
    public synchronized Duration pause(String queue, byte[] octets) {
        Round round = rounds.get(queue);
        if (round == null || (round.items.size() < MAX_ROUND && !round.items.contains(key(octets)))) {
            return Duration.ZERO;
        }
        Duration pause = PAUSE_EACH.multipliedBy(round.items.size());
        pause = pause.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : pause;
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        Duration left = pause.minusNanos(nanoTime.getAsLong() - round.lastAt);
        if (left.isNegative() || left.isZero()) {
            round.items.clear();
            return Duration.ZERO;
        }
        return left;
    }

    /** Notes that an item was put back at the tail of its queue. */
    public synchronized void putBack(String queue, byte[] octets, UnsupportedItemException reason) {
        String key = key(octets);
        Round round = rounds.computeIfAbsent(queue, unused -> new Round());
        round.items.add(key);
        round.lastAt = nanoTime.getAsLong();
        if (warned.size() < maxWarnings && warned.add(key)) {
            LOG.warn(
                    "item {} is left in {} for a newer server: {}",
                    reason.id().map(ItemId::toString).orElse("without a name"),
                    queue,
                    reason.getMessage());
            if (warned.size() == maxWarnings) {
                LOG.warn("{} items are left in the queues for newer servers; no more of them are logged", maxWarnings);
            }
        }
    }

    private static String key(byte[] octets) {
        return QueueItemFormat.id(octets)
                .map(ItemId::toString)
                .orElseGet(() -> octets.length + "/" + Arrays.hashCode(octets));
    }
}
