package dev.caravan.transport;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.StaleTableException;
import dev.caravan.queue.QueueItem;
import java.util.Optional;
import org.apache.camel.Body;

/** One attempt into the Maildirs of local users. */
public final class MaildirTransport implements BlockingStep {
    private final MaildirDelivery delivery;
    private final LocalRecipients recipients;

    public MaildirTransport(MaildirDelivery delivery, LocalRecipients recipients) {
        this.delivery = delivery;
        this.recipients = recipients;
    }

    public DeliveryReport deliver(@Body QueueItem item) {
        DeliveryReport report = delivery.attempt(item.id().toString(), item.mail(), this::userOf);
        return new DeliveryReport(
                report.at(), report.results().stream().map(this::putOffIfStale).toList());
    }

    private Optional<String> userOf(ForwardPath path) {
        Optional<String> user = recipients.users().userOf(path);
        if (user.isPresent()) {
            return user;
        }
        // The operator may have added the user a moment ago.
        recipients.users().look();
        return recipients.users().userOf(path);
    }

    /** A user that is unknown because a table could not be read again is not returned to the sender. */
    private RecipientResult putOffIfStale(RecipientResult result) {
        if (!(result instanceof RecipientResult.Failed)) {
            return result;
        }
        try {
            recipients.requireCertainty(result.recipient());
            return result;
        } catch (StaleTableException e) {
            return new RecipientResult.Deferred(
                    result.recipient(),
                    Diagnosis.ours("4.3.0", "unknown user, but a table of this server cannot be read again"));
        }
    }
}
