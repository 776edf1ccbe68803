package dev.caravan.outcome;

import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RetrySchedule;
import java.util.function.Function;

/**
 * How long a recipient that was not delivered waits for the next attempt, and when it is given up. Recipients of one item
 * may have different schedules: those with different delays then wait in different items and queues.
 *
 * <p>Implementations are pure and thread-safe: the same attempt always gets the same schedule, since settling may be
 * repeated after a crash. Each delay is the name of a queue, so there should be few. Code that adds a delay must tell
 * the retry timer its queue, because the timer cannot find the queue on a broker that does not list its queues.
 */
@FunctionalInterface
public interface RetryRules {
    /**
     * The schedule of one recipient after an attempt.
     *
     * @param item as it was consumed: the attempt is not counted yet.
     * @param recipient one of its recipients.
     * @param result why the recipient waits: {@link RecipientResult.Deferred} or {@link RecipientResult.NotAttempted}.
     */
    RetrySchedule scheduleFor(QueueItem item, Recipient recipient, RecipientResult result);

    /** One schedule for all mail. */
    static RetryRules always(RetrySchedule schedule) {
        return (item, recipient, result) -> schedule;
    }

    /** A schedule for each transport, whatever the reply about a recipient. */
    static RetryRules byTransport(Function<String, RetrySchedule> schedules) {
        return (item, recipient, result) -> schedules.apply(item.nextHop().transport());
    }
}
