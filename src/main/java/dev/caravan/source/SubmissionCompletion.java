package dev.caravan.source;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.store.SpoolRelease;
import dev.caravan.trace.MailEvents;
import java.util.Optional;
import org.apache.camel.Exchange;

/** Completes a submission, successful or not: handles its idempotency record and its content. */
public final class SubmissionCompletion {
    private final IdempotencyStore records;
    private final Spool spool;
    private final MailEvents events;

    public SubmissionCompletion(IdempotencyStore records, Spool spool, MailEvents events) {
        this.records = records;
        this.spool = spool;
        this.events = events;
    }

    /**
     * Keeps the record of a message that was stored; removes the content of one that was not, unless the commit is in
     * doubt.
     */
    public void complete(Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        Optional<MailObject> mail = view.submitted();
        SubmissionResult result = SubmissionResult.of(exchange);
        if (result instanceof SubmissionResult.Stored) {
            view.own(IdempotencyRecord.class).ifPresent(records::stored);
        } else if (result instanceof SubmissionResult.InDoubt doubt) {
            records.doubt();
            mail.ifPresent(read -> events.inDoubt(
                    read.id().text(), String.valueOf(doubt.failure().getMessage())));
        } else if (mail.isPresent()) {
            if (result instanceof SubmissionResult.Discarded discarded) {
                events.discarded(mail.get(), discarded.reason());
            }
            SpoolRelease.release(spool, mail.get().content());
        }
    }
}
