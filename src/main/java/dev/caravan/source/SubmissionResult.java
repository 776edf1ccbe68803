package dev.caravan.source;

import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.smtp.Reply;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import org.apache.camel.Exchange;

/** The result of a submission, which tells a source whether to acknowledge it. */
public sealed interface SubmissionResult {
    /** The submission is complete: the source may delete it. */
    sealed interface Taken extends SubmissionResult {
        /** The id of the message. */
        String mailId();
    }

    /** All items of the message are in their queues. */
    record Stored(String mailId) implements Taken {}

    /** A message with the same idempotency key was stored before; this one is not sent. */
    record Duplicate(String mailId) implements Taken {}

    /** A rule discarded the message. */
    record Discarded(String mailId, String reason) implements Taken {}

    /** It is not a valid message and never will be, or a rule rejected it for good: the source may delete it. */
    record Rejected(String reason) implements SubmissionResult {}

    /** The message was not stored, as far as is known: the source must submit it again. */
    sealed interface Later extends SubmissionResult {
        /** For the log; may hold any character. */
        String reason();
    }

    /** It cannot be stored now; nothing failed. */
    record Deferred(String reason) implements Later {}

    /** The commit failed in a way that leaves open whether the message is stored; its spool files must be kept. */
    record InDoubt(StoreException failure) implements Later {
        @Override
        public String reason() {
            return "in doubt: " + failure.getMessage();
        }
    }

    /** A step failed. */
    record Failed(Throwable failure) implements Later {
        @Override
        public String reason() {
            return failure.toString();
        }
    }

    /** The route ended without storing the message, and without a failure. */
    record NotStored() implements Later {
        @Override
        public String reason() {
            return "it was not stored: does routes/submit.camel.yaml end with storeItems?";
        }
    }

    /**
     * The result of an exchange that {@code direct:submit} has completed, with or without success. What is stored counts
     * as stored even if a later step failed, since it would be sent twice otherwise.
     */
    static SubmissionResult of(Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        if (view.stored().isPresent()) {
            return new Stored(view.stored().get().id().text());
        }
        if (view.failure().orElse(null) instanceof StoreException failure
                && failure.certainty() == Certainty.IN_DOUBT) {
            return new InDoubt(failure);
        }
        if (exchange.getException() != null) {
            return new Failed(exchange.getException());
        }
        if (view.reply().isPresent() && !view.reply().get().isPositive()) {
            Reply reply = view.reply().get();
            return reply.isPermanent() ? new Rejected(reply.text()) : new Deferred(reply.text());
        }
        if (view.isDiscarded()) {
            return new Discarded(
                    view.submitted().map(MailObject::id).map(Object::toString).orElse(""), view.dispositionReason());
        }
        return view.failure().<SubmissionResult>map(Failed::new).orElseGet(NotStored::new);
    }

    /** Whether the source may delete the submission. */
    default boolean isFinal() {
        return !(this instanceof Later);
    }

    /**
     * Requires that the source may delete the submission.
     *
     * @param what with which the message of the exception begins.
     * @throws LeaveInQueueException if the source must submit it again.
     */
    default void requireFinal(String what) {
        if (this instanceof Later later) {
            throw new LeaveInQueueException(what + ": " + later.reason());
        }
    }
}
