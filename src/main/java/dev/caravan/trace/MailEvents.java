package dev.caravan.trace;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.session.SessionListener;
import java.time.Instant;
import java.util.List;

/**
 * Receives everything that happens to mail. The mail log, the counters and the publisher of JMS events implement it; all
 * code that changes the state of a message reports here and nowhere else.
 *
 * <p>Methods with {@code outcomes} belong to a transaction: {@link #committing} is called inside it, and the method that
 * names the outcome after its commit, so that it is never called for what was rolled back. All other methods report
 * facts at once. Every method does nothing by default.
 *
 * <p>Implementations are called from many threads, event loops among them: they must be thread-safe, must not block, and
 * must not keep the arguments, which may hold a whole message.
 */
public interface MailEvents extends SessionListener {
    /** Receives nothing. */
    MailEvents NONE = new MailEvents() {};

    /** Whether {@link #decided} does anything; callers build a {@link Decision} only then. Must be very cheap. */
    default boolean wantsDecisions() {
        return false;
    }

    /** A rule, a look-up, the choice of a next hop or a delivery attempt had this result. */
    default void decided(Decision decision) {}

    /**
     * A transaction with these outcomes is about to be committed. What is added to {@code messages} is sent in that
     * transaction.
     *
     * @param outcomes one for each recipient concerned.
     */
    default void committing(List<OutcomeEvent> outcomes, OutcomeMessages messages) {}

    /**
     * A message is stored.
     *
     * @param mail the message as submitted.
     * @param placements its queue items; at least one.
     */
    default void accepted(MailObject mail, List<Placement> placements, List<OutcomeEvent> outcomes) {}

    /**
     * A rule had a message stored in {@code mail.hold}; called just before {@link #accepted}.
     *
     * @param reason the rule's words; may hold any character.
     */
    default void held(MailObject mail, String reason) {}

    /**
     * A message was accepted from its client and dropped.
     *
     * @param reason the words of the rule; may hold any character.
     */
    default void discarded(MailObject mail, String reason) {}

    /**
     * Some recipients of a message get nothing; the others are handled as usual.
     *
     * @param part the message with these recipients only.
     */
    default void recipientsDiscarded(MailObject part, String reason) {}

    /**
     * A delivery attempt is settled.
     *
     * @param item as it was when the attempt began.
     * @param settlement what follows from the report.
     * @param outcomes none for recipients that were not attempted.
     */
    default void settled(QueueItem item, DeliveryReport report, Settlement settlement, List<OutcomeEvent> outcomes) {}

    /**
     * An attempt could not be settled, and some recipients have the message: these are done, and the rest of the item
     * waits.
     */
    default void partlySettled(QueueItem item, List<OutcomeEvent> outcomes) {}

    /**
     * An item whose recipients failed went from {@code mail.dead} to {@code mail.bounced}.
     *
     * @param isReported whether a report about it is sent.
     * @param outcomes none for recipients whose failure was an outcome of {@link #settled} before.
     */
    default void bounced(QueueItem item, boolean isReported, List<OutcomeEvent> outcomes) {}

    /**
     * A delivery status notification is stored.
     *
     * @param item what it is about.
     * @param notification the report itself.
     */
    default void notified(QueueItem item, Notice.Kind kind, MailObject notification) {}

    /**
     * An item was parked: it waits for a delivery that may start, without an attempt.
     *
     * @param queue where it waits.
     * @param reason for operators.
     */
    default void parked(QueueItem item, String queue, String reason) {}

    /** An item waits in a queue because of a failure of this server. */
    default void postponed(Placement waiting) {}

    /**
     * An operator took an item out of its queue for good; its sender gets no report.
     *
     * @param queue where it was.
     */
    default void removed(QueueItem item, String queue, List<OutcomeEvent> outcomes) {}

    /**
     * An operator holds an item, which had waited or was about to be delivered.
     *
     * @param queue where it was.
     */
    default void heldByOperator(QueueItem item, String queue, Hold hold) {}

    /** An operator moved a held item to the queue of its transport. */
    default void released(QueueItem item) {}

    /**
     * An operator moved a deferred item to the queue of its transport before it was due.
     *
     * @param item the id of the item.
     * @param queue where it waited.
     */
    default void flushed(String item, String queue) {}

    /**
     * Something that is neither a queue item nor a submission was moved to a queue for invalid messages.
     *
     * @param queue where it was found.
     * @param messageId the broker's name for it, or its source's; may hold any character.
     */
    default void invalid(String queue, String messageId, String reason) {}

    /** The spool file of an item is missing; the item waits until an operator brings the file back. */
    default void contentMissing(QueueItem item, String reason) {}

    /**
     * A smart host takes no mail, since this server cannot log in; its mail waits. Called at each refusal.
     *
     * @param reason for operators.
     * @param until when the login is tried again.
     */
    default void smartHostPaused(String smartHost, String reason, Instant until) {}

    /** The login at a smart host works again. */
    default void smartHostResumed(String smartHost) {}

    /**
     * A commit failed in a way that leaves open whether the message is stored; its spool files are kept.
     *
     * @param id of the message.
     */
    default void inDoubt(String id, String reason) {}
}
