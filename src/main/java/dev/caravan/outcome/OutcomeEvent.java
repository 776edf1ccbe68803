package dev.caravan.outcome;

import dev.caravan.delivery.HostAttempt;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.QueueItem;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A decision about one recipient of a message, for programs.
 *
 * @param kind what it is.
 * @param at when it was decided.
 * @param about which recipient of which item, and in which attempt.
 * @param said the last reply about the recipient; empty before the first attempt.
 * @param nextAttemptAt when the recipient is tried again; only for {@link Kind#DEFERRED}.
 * @param hosts the remote hosts that were asked about the recipient in this attempt, in order, each with its answer
 *     about this recipient only; empty if there was no attempt, or one without remote hosts.
 */
public record OutcomeEvent(
        Kind kind,
        Instant at,
        Subject about,
        Optional<Diagnosis> said,
        Optional<Instant> nextAttemptAt,
        List<HostAttempt> hosts) {
    public OutcomeEvent {
        hosts = List.copyOf(hosts);
    }

    /** An event without an attempt. */
    OutcomeEvent(Kind kind, Instant at, Subject about, Optional<Diagnosis> said) {
        this(kind, at, about, said, Optional.empty(), List.of());
    }

    /** What was decided. */
    public enum Kind {
        /** The message is stored, and will be delivered. */
        ACCEPTED,
        /** The message is stored, and waits until an operator releases it. */
        HELD,
        /** An attempt failed for now; there will be another. */
        DEFERRED,
        /** Another mail server took responsibility. */
        RELAYED,
        /** The message is in the recipient's mailbox, or at the destination that a route delivers to. */
        DELIVERED,
        /** Given up after a permanent failure. */
        BOUNCED,
        /** Given up because of its age, after temporary failures. */
        EXPIRED,
        /** Taken out of its queue by an operator; the sender gets no report. */
        REMOVED;

        /** The word in events. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One recipient of one item.
     *
     * @param item the item as it was when the attempt was made.
     * @param recipient one of its recipients.
     * @param number its place among them, from 1.
     * @param attempt the number of the attempt; 0 if none was made.
     */
    public record Subject(QueueItem item, Recipient recipient, int number, int attempt) {}

    /**
     * The event's id. A repeated event after a crash has the same id, so that readers can drop duplicates; 12 to 100
     * characters: letters, digits, dots and hyphens.
     */
    public String id() {
        return about.item().id() + "." + about.attempt() + "." + about.number() + "." + kind.word();
    }
}
