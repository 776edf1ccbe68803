package dev.caravan.source;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.steps.Rule;
import dev.caravan.store.SpoolRelease;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import dev.caravan.store.Stored;
import dev.caravan.submit.NextHopSplitter;
import dev.caravan.trace.MailEvents;
import org.apache.camel.Exchange;

/** What is left to do when a mail was submitted under a name, or was not: the mark, and the content. */
public final class SubmissionCompletion {
    /** The exchange property with the mail that was read. */
    public static final String MAIL = "submittedMail";

    private final IdempotencyStore marks;
    private final Spool spool;
    private final MailEvents events;

    public SubmissionCompletion(IdempotencyStore marks, Spool spool, MailEvents events) {
        this.marks = marks;
        this.spool = spool;
        this.events = events;
    }

    /** Remembers the mark of a mail that is stored; removes the content of one that is not, unless that is in doubt. */
    public void end(Exchange exchange) {
        IdempotencyRecord mark = exchange.getProperty(IdempotencyRecord.PROPERTY, IdempotencyRecord.class);
        MailObject mail = exchange.getProperty(MAIL, MailObject.class);
        if (exchange.getMessage().getBody() instanceof Stored) {
            if (mark != null) {
                marks.stored(mark);
            }
        } else if (failure(exchange) instanceof StoreException failure && failure.certainty() == Certainty.IN_DOUBT) {
            marks.doubt();
            if (mail != null) {
                events.inDoubt(mail.id().text(), failure.getMessage());
            }
        } else if (mail != null) {
            if (isDiscarded(exchange)) {
                events.discarded(mail, exchange.getProperty(Rule.REASON, "a rule said so", String.class));
            }
            SpoolRelease.release(spool, mail.content());
        }
    }

    /** Whether a rule threw the mail away. */
    public static boolean isDiscarded(Exchange exchange) {
        return failure(exchange) == null && exchange.getProperty(NextHopSplitter.DISPOSITION) == Disposition.DISCARD;
    }

    @org.jspecify.annotations.Nullable
    private static Throwable failure(Exchange exchange) {
        return exchange.getException() != null
                ? exchange.getException()
                : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    }
}
