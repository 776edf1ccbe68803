package dev.caravan.camel;

import dev.caravan.delivery.DeliveredBefore;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.queue.QueueItem;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/** One attempt by SMTP. Only the thread that holds the item's transaction waits. */
public final class SmtpTransport {
    private final DeliveredBefore delivery;
    private final Stopping stopping;

    public SmtpTransport(SmtpDelivery delivery, Stopping stopping) {
        this.delivery = new DeliveredBefore(delivery::attempt);
        this.stopping = stopping;
    }

    public DeliveryReport deliver(
            @Body QueueItem item, @ExchangeProperty(MailTransaction.PROPERTY) MailTransaction transaction) {
        String attempt = item.id() + "/" + item.progress().attempts();
        transaction.afterCommit(() -> delivery.written(attempt));
        DeliveryReport report =
                delivery.attempt(attempt, item.mail()).toCompletableFuture().join();
        // Cut off by us, an attempt says nothing about the mail; but who has it by now must not get it again.
        if (report.results().stream().noneMatch(RecipientResult.Delivered.class::isInstance)) {
            stopping.requireNotAborting();
        }
        return report;
    }
}
