package dev.caravan.source;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.store.SpoolRelease;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import dev.caravan.trace.MailEvents;
import java.util.Optional;
import org.apache.camel.Exchange;

/** Completes a submission, successful or not: handles its idempotency record and its content. */
public final class SubmissionCompletion {
    private final IdempotencyStore marks;
    private final Spool spool;
    private final MailEvents events;

    public SubmissionCompletion(IdempotencyStore marks, Spool spool, MailEvents events) {
        this.marks = marks;
        this.spool = spool;
        this.events = events;
    }

    /**
     * Keeps the record of a message that was stored; removes the content of one that was not, unless the commit is in
     * doubt.
     */
    public void end(Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        Optional<MailObject> mail = view.submitted();
        if (view.stored().isPresent()) {
            view.own(IdempotencyRecord.class).ifPresent(marks::stored);
        } else if (view.failure().orElse(null) instanceof StoreException failure
                && failure.certainty() == Certainty.IN_DOUBT) {
            marks.doubt();
            mail.ifPresent(read -> events.inDoubt(read.id().text(), String.valueOf(failure.getMessage())));
        } else if (mail.isPresent()) {
            if (view.isDiscarded()) {
                events.discarded(mail.get(), view.dispositionReason().orElse("a rule said so"));
            }
            SpoolRelease.release(spool, mail.get().content());
        }
    }
}
