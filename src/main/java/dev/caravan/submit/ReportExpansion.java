package dev.caravan.submit;

import dev.caravan.dsn.DsnComposer;
import dev.caravan.dsn.Notification;
import dev.caravan.exchange.NonBlockingStep;
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
public final class ReportExpansion implements NonBlockingStep.WritesSuccessReport {
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
        for (Notification report : composer.compose(Outcome.expanded(item, submission.expanded(), confirm))) {
            confirmed = confirmed.with(report, nextHops.placeReport(report.mail(), exchange));
        }
        return confirmed;
    }
}
