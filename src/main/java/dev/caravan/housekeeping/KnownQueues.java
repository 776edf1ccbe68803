package dev.caravan.housekeeping;

import dev.caravan.broker.StoreScanner;
import dev.caravan.queue.QueueNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which queues there are: those of the broker in our process; elsewhere those it tells of, and the usual ones. */
public final class KnownQueues {
    private static final List<String> USUAL = List.of(
            QueueNames.deliver("smtp"),
            QueueNames.deliver("local"),
            QueueNames.DEAD,
            QueueNames.HOLD,
            QueueNames.BOUNCED);

    private final Optional<StoreScanner> walk;
    private final RetryScheduler mover;

    /** @param mover knows the retry queues, and watches for others. */
    public KnownQueues(Optional<StoreScanner> walk, RetryScheduler mover) {
        this.walk = walk;
        this.mover = mover;
    }

    public Set<String> names() throws Exception {
        if (walk.isPresent()) {
            return walk.get().queues();
        }
        Set<String> names = new TreeSet<>(USUAL);
        names.addAll(mover.known());
        return names;
    }
}
