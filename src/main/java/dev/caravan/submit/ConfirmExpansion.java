package dev.caravan.submit;

import dev.caravan.dsn.DsnComposer;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Confirm;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.QueueItem;
import java.io.IOException;
import org.apache.camel.Body;
import org.apache.camel.Exchange;

/**
 * Tells senders who asked for it that their mail went to all who are behind an alias. The notification is stored, and
 * held if the mail is, together with the mail's items.
 */
public final class ConfirmExpansion {
    private final DsnComposer composer;
    private final NextHops nextHops;
    private final Confirm confirm;

    public ConfirmExpansion(DsnComposer composer, NextHops nextHops, Confirm confirm) {
        this.composer = composer;
        this.nextHops = nextHops;
        this.confirm = confirm;
    }

    /**
     * Adds the notification, if there is to be one.
     *
     * @throws IOException if it cannot be written; nothing is stored then.
     */
    public Submission confirm(@Body Submission submission, Exchange exchange) throws IOException {
        QueueItem item = submission.placements().get(0).item();
        Submission confirmed = submission;
        for (MailObject dsn : composer.compose(Outcome.expanded(item, submission.expanded(), confirm))) {
            confirmed = confirmed.with(nextHops.placeReport(dsn, exchange));
        }
        return confirmed;
    }
}
