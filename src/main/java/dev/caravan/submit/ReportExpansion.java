package dev.caravan.submit;

import dev.caravan.dsn.DsnComposer;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.queue.QueueItem;
import java.io.IOException;
import org.apache.camel.Body;
import org.apache.camel.Exchange;

/**
 * Tells senders who asked for it that their mail went to all who are behind an alias. The notification is stored, and
 * held if the mail is, together with the mail's items.
 */
public final class ReportExpansion implements NonBlockingStep {
    private final DsnComposer composer;
    private final NextHopSplitter nextHops;
    private final SuccessReports confirm;

    public ReportExpansion(DsnComposer composer, NextHopSplitter nextHops, SuccessReports confirm) {
        this.composer = composer;
        this.nextHops = nextHops;
        this.confirm = confirm;
    }

    /**
     * Adds the notification, if there is to be one.
     *
     * @throws IOException if it cannot be written; nothing is stored then.
     */
    public RoutedMail confirm(@Body RoutedMail submission, Exchange exchange) throws IOException {
        QueueItem item = submission.placements().get(0).item();
        RoutedMail confirmed = submission;
        for (MailObject dsn : composer.compose(Outcome.expanded(item, submission.expanded(), confirm))) {
            confirmed = confirmed.with(nextHops.placeReport(dsn, exchange));
        }
        return confirmed;
    }

    /** Whether a notification may have to be written into a file. */
    @Override
    public boolean mayBlock(MailObject message) {
        return message.envelope().recipients().stream()
                .anyMatch(recipient -> recipient.notification().wants(Condition.SUCCESS));
    }
}
