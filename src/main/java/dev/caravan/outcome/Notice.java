package dev.caravan.outcome;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.QueueItem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What somebody is to be told about some recipients of an item: one delivery status notification.
 *
 * @param kind what happened.
 * @param item the item with the attempt counted and logged; its content is the mail that is spoken of.
 * @param told the recipients it is about; at least one.
 * @param to who is told.
 * @param retryUntil when we will give up; only for delays.
 * @throws IllegalArgumentException if there is no recipient, or nobody to tell.
 */
public record Notice(Kind kind, QueueItem item, List<Told> told, To to, Optional<Instant> retryUntil) {
    /** What happened (RFC 3464 §2.3.3). */
    public enum Kind {
        FAILED,
        DELAYED,
        RELAYED,
        DELIVERED,
        /** The address stands for several others, which the mail went to; from them nothing more is heard. */
        EXPANDED
    }

    /** Who is told. */
    public enum To {
        /** The mailbox of the reverse-path. */
        SENDER,
        /** Our postmaster, about a mail that cannot be returned. */
        POSTMASTER
    }

    /**
     * One recipient.
     *
     * @param recipient the recipient with what the sender asked for.
     * @param diagnosis what was said last.
     */
    public record Told(Recipient recipient, Diagnosis diagnosis) {}

    public Notice {
        told = List.copyOf(told);
        if (told.isEmpty()) {
            throw new IllegalArgumentException("notice about no recipient (expected: >= 1)");
        }
        if (to == To.SENDER && item.mail().envelope().reversePath().isNull()) {
            throw new IllegalArgumentException("notice to the null reverse-path (expected: a mailbox)");
        }
    }

    /** When delivery was last tried; empty if it never was. */
    public Optional<Instant> lastAttemptAt() {
        List<Attempt> log = item.progress().log();
        return log.isEmpty()
                ? Optional.empty()
                : Optional.of(log.get(log.size() - 1).at());
    }
}
