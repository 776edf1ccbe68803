package dev.caravan.queue;

import dev.caravan.mail.ForwardPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of an item's delivery.
 *
 * @param attempts the number of delivery attempts that were made.
 * @param log the first five and the last five attempts, oldest first.
 * @param recipients state of each recipient; recipients without one are new.
 * @param nextAttemptAt when it is due again; empty before the first attempt.
 * @param suspension how long its next hop took nothing, which does not count towards giving up.
 */
public record Progress(
        int attempts,
        List<Attempt> log,
        Map<ForwardPath, RecipientProgress> recipients,
        Optional<Instant> nextAttemptAt,
        Suspension suspension) {
    /** No attempt was made yet. */
    public static final Progress NEW = new Progress(0, List.of(), Map.of(), Optional.empty());

    private static final int KEPT_AT_EACH_END = 5;

    /** An item that was never suspended. */
    public Progress(
            int attempts,
            List<Attempt> log,
            Map<ForwardPath, RecipientProgress> recipients,
            Optional<Instant> nextAttemptAt) {
        this(attempts, log, recipients, nextAttemptAt, Suspension.NONE);
    }

    public Progress {
        log = List.copyOf(log);
        recipients = Map.copyOf(recipients);
    }

    /** The same with that suspension. */
    public Progress with(Suspension other) {
        return new Progress(attempts, log, recipients, nextAttemptAt, other);
    }

    public RecipientProgress of(ForwardPath recipient) {
        return recipients.getOrDefault(recipient, RecipientProgress.NEW);
    }

    /** The same with another time at which it is due. */
    public Progress withNextAttemptAt(Optional<Instant> other) {
        return new Progress(attempts, log, recipients, other, suspension);
    }

    /** The log with one more attempt; a long log loses its middle. */
    public List<Attempt> logWith(Attempt attempt) {
        List<Attempt> longer = new ArrayList<>(log);
        longer.add(attempt);
        if (longer.size() > 2 * KEPT_AT_EACH_END) {
            longer.remove(KEPT_AT_EACH_END);
        }
        return longer;
    }
}
