package dev.caravan.source;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.steps.Rule;
import dev.caravan.store.SpoolRelease;
import dev.caravan.store.StoreFailure;
import dev.caravan.store.StoreFailure.Certainty;
import dev.caravan.store.Stored;
import dev.caravan.submit.NextHops;
import dev.caravan.trace.MailLog;
import org.apache.camel.Exchange;

/** What is left to do when a mail was submitted under a name, or was not: the mark, and the content. */
public final class SubmissionEnd {
    /** The exchange property with the mail that was read. */
    public static final String MAIL = "submittedMail";

    private final SubmissionMarks marks;
    private final Spool spool;

    public SubmissionEnd(SubmissionMarks marks, Spool spool) {
        this.marks = marks;
        this.spool = spool;
    }

    /** Remembers the mark of a mail that is stored; removes the content of one that is not, unless that is in doubt. */
    public void end(Exchange exchange) {
        SubmissionMark mark = exchange.getProperty(SubmissionMark.PROPERTY, SubmissionMark.class);
        MailObject mail = exchange.getProperty(MAIL, MailObject.class);
        if (exchange.getMessage().getBody() instanceof Stored) {
            if (mark != null) {
                marks.stored(mark);
            }
        } else if (failure(exchange) instanceof StoreFailure failure && failure.certainty() == Certainty.IN_DOUBT) {
            marks.doubt();
            if (mail != null) {
                MailLog.inDoubt(mail.id().text(), failure.getMessage());
            }
        } else if (mail != null) {
            if (isDiscarded(exchange)) {
                MailLog.discarded(mail, exchange.getProperty(Rule.REASON, "a rule said so", String.class));
            }
            SpoolRelease.release(spool, mail.content());
        }
    }

    /** Whether a rule threw the mail away. */
    public static boolean isDiscarded(Exchange exchange) {
        return failure(exchange) == null && exchange.getProperty(NextHops.DISPOSITION) == Disposition.DISCARD;
    }

    @org.jspecify.annotations.Nullable
    private static Throwable failure(Exchange exchange) {
        return exchange.getException() != null
                ? exchange.getException()
                : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    }
}
