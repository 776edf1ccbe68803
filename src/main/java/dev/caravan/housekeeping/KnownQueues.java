package dev.caravan.housekeeping;

import dev.caravan.broker.LaneRegister;
import dev.caravan.broker.StoreScanner;
import dev.caravan.queue.QueueNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of all queues: from the embedded broker, or what a remote broker announces, the queues of the shipped routes
 * and the lanes of parked mail.
 */
public final class KnownQueues {
    private static final List<String> USUAL = List.of(
            QueueNames.deliver("smtp"),
            QueueNames.deliver("local"),
            QueueNames.DEAD,
            QueueNames.HOLD,
            QueueNames.BOUNCED);

    private final Optional<StoreScanner> scanner;
    private final RetryScheduler scheduler;
    private final LaneRegister lanes;

    /**
     * @param scanner of the embedded broker; empty for a remote one.
     * @param scheduler knows the retry queues and those that the broker announces.
     * @param lanes knows the lanes of parked mail if the broker announces nothing.
     */
    public KnownQueues(Optional<StoreScanner> scanner, RetryScheduler scheduler, LaneRegister lanes) {
        this.lanes = lanes;
        this.scanner = scanner;
        this.scheduler = scheduler;
    }

    public Set<String> names() throws Exception {
        if (scanner.isPresent()) {
            return scanner.get().queues();
        }
        Set<String> names = new TreeSet<>(USUAL);
        names.addAll(scheduler.known());
        names.addAll(lanes.names());
        return names;
    }
}
