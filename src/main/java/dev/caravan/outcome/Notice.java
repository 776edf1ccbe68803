package dev.caravan.outcome;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.QueueItem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One delivery status notification to be sent: what happened to some recipients of an item, and who receives the report.
 *
 * @param kind what happened.
 * @param item the item with the attempt counted and logged; its content is the message that the report is about.
 * @param recipients the recipients that the report is about; at least one.
 * @param to who receives the report.
 * @param retryUntil when they will be given up; only for delays.
 */
public record Notice(
        Kind kind, QueueItem item, List<NotifiedRecipient> recipients, To to, Optional<Instant> retryUntil) {
    /** What happened (RFC 3464 §2.3.3). */
    public enum Kind {
        FAILED,
        DELAYED,
        RELAYED,
        DELIVERED,
        /** The address was expanded, as a list or alias; no further reports come from the addresses behind it. */
        EXPANDED
    }

    /** Who receives a report. */
    public enum To {
        /** The mailbox of the reverse-path. */
        SENDER,
        /** The postmaster of this server, for a message that cannot be returned. */
        POSTMASTER
    }

    /**
     * A recipient that a report is about.
     *
     * @param recipient the recipient with what the sender asked for.
     * @param diagnosis the last reply about it.
     */
    public record NotifiedRecipient(Recipient recipient, Diagnosis diagnosis) {}

    /**
     * @throws IllegalArgumentException if there is no recipient, or the report is for the sender and the reverse-path is null.
     */
    public Notice {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
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
