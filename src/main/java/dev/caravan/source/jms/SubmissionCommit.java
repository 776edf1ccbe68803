package dev.caravan.source.jms;

import dev.caravan.broker.MessageBatch;
import dev.caravan.events.EventJson;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.SubmissionResult;
import dev.caravan.store.QueueTransaction;
import dev.caravan.store.SpoolRelease;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits when a message of {@code mail.submit} was stored, discarded by a rule, or refused permanently and set aside
 * with the reason. In all other cases the listener rolls back, and the message stays in its queue.
 */
final class SubmissionCommit extends SynchronizationAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionCommit.class);

    private final QueueTransaction transaction;
    private final Spool spool;
    private final Clock clock;
    private final IdempotencyStore records;
    private final MailEvents events;
    private Optional<MailObject> mail = Optional.empty();
    private Optional<String> key = Optional.empty();
    private Optional<IdempotencyRecord> record = Optional.empty();

    SubmissionCommit(
            QueueTransaction transaction, Spool spool, IdempotencyStore records, MailEvents events, Clock clock) {
        this.transaction = transaction;
        this.spool = spool;
        this.records = records;
        this.events = events;
        this.clock = clock;
    }

    /** Sets the key of the message, for which {@link IdempotencyStore#begin} has succeeded. */
    void holds(String locked) {
        key = Optional.of(locked);
    }

    /** Sets the record that is stored with the message. */
    void expect(IdempotencyRecord stored) {
        record = Optional.of(stored);
    }

    /** The message was submitted before: it is removed from its queue and not sent again. */
    void isDuplicateOf(IdempotencyRecord known) {
        LOG.info("a message of {} is not sent again: it was stored as {}", QueueNames.SUBMIT, known.mailId());
        mail.ifPresent(read -> transaction.release(read.content()));
    }

    /** Sets the message that the route stores. */
    void expect(MailObject read) {
        mail = Optional.of(read);
    }

    /** Sets aside an invalid submission. Its client gets an event if it named a queue for that. */
    void setAside(String reason) throws JMSException {
        Message message = transaction.consumed();
        String messageId = message.getJMSMessageID();
        transaction.afterCommit(() -> events.invalid(QueueNames.SUBMIT, messageId, reason));
        transaction.addConsumed(QueueNames.SUBMIT_INVALID, reason);
        mail.ifPresent(read -> transaction.release(read.content()));
        Optional<String> queue = JmsSubmission.replyQueue(message);
        if (queue.isPresent()) {
            Optional<String> correlation =
                    Optional.ofNullable(message.getJMSCorrelationID()).filter(id -> !id.isEmpty());
            String id = "invalid-" + UUID.nameUUIDFromBytes(messageId.getBytes(StandardCharsets.UTF_8));
            transaction.addText(
                    queue.get(),
                    EventJson.ofInvalid(id, clock.instant(), messageId, correlation, reason),
                    Map.of("event", "invalid", "eventId", id),
                    correlation.orElse(messageId));
        }
    }

    @Override
    public void onComplete(Exchange exchange) {
        if (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()) {
            onFailure(exchange);
            return;
        }
        try {
            if (!transaction.isDecided()) {
                decide(exchange);
            }
        } catch (JMSException | RuntimeException e) {
            onFailure(exchange);
            // Camel would swallow the exception if it were thrown here; set on the exchange, it makes the listener roll
            // back.
            exchange.setException(e);
            return;
        }
        // With the commit of several messages this ends later, and the exchange has ended by then.
        transaction.commitLater().whenComplete((done, failure) -> {
            try {
                committed(exchange, failure instanceof CompletionException ? failure.getCause() : failure);
            } finally {
                key.ifPresent(records::end);
            }
        });
    }

    private void committed(Exchange exchange, @Nullable Throwable failure) {
        if (failure == null) {
            record.ifPresent(records::stored);
            return;
        }
        if (failure instanceof MessageBatch.RolledBackException) {
            rollBack();
        } else {
            record.ifPresent(stored -> records.doubt());
        }
        exchange.setException(failure);
    }

    /** Decides about a route that ended without storing the message: its body gives the reason. */
    private void decide(Exchange exchange) throws JMSException {
        MailObject refused = mail.orElseThrow(() -> new IllegalStateException("a message was not read"));
        // Its record is stored with its items only; an operator may submit it again.
        record = Optional.empty();
        SubmissionResult result = SubmissionResult.of(exchange);
        if (result instanceof SubmissionResult.Rejected rejected) {
            setAside(rejected.reason());
        } else if (result instanceof SubmissionResult.Discarded discarded) {
            transaction.afterCommit(() -> events.discarded(refused, discarded.reason()));
            transaction.release(refused.content());
        } else {
            result.requireFinal(refused.id() + " was not stored, and stays in its queue");
            throw new AssertionError(result);
        }
    }

    @Override
    public void onFailure(Exchange exchange) {
        try {
            rollBack();
        } finally {
            key.ifPresent(records::end);
        }
    }

    /** Removes the content; the message is delivered again and then gets a new id and a new file. */
    private void rollBack() {
        transaction.undo();
        mail.ifPresent(read -> SpoolRelease.release(spool, read.content()));
    }
}
