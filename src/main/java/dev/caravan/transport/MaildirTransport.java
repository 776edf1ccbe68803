package dev.caravan.transport;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.policy.UserFile;
import dev.caravan.queue.QueueItem;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.camel.ExchangeProperty;

/** Delivers into the Maildirs of local users. */
public final class MaildirTransport implements BlockingStep {
    private final MaildirDelivery delivery;
    private final UserFile users;
    private final RecipientDirectory recipients;

    /**
     * @param users names the Maildir of each recipient.
     * @param recipients is asked before a recipient without a Maildir fails.
     */
    public MaildirTransport(MaildirDelivery delivery, UserFile users, RecipientDirectory recipients) {
        this.delivery = delivery;
        this.users = users;
        this.recipients = recipients;
    }

    public DeliveryReport deliver(@ExchangeProperty(MailExchange.ITEM) QueueItem item) {
        DeliveryReport report = delivery.attempt(item.id().toString(), item.mail(), this::userOf);
        return new DeliveryReport(
                report.at(),
                report.results().stream().map(this::deferIfUncertain).toList());
    }

    private Optional<String> userOf(ForwardPath path) {
        Optional<String> user = users.userOf(path);
        if (user.isPresent()) {
            return user;
        }
        // The operator may have added the user a moment ago, so the file is read again.
        users.look();
        return users.userOf(path);
    }

    /** A user that is unknown because the directory is not certain is deferred, and not returned to the sender. */
    private RecipientResult deferIfUncertain(RecipientResult result) {
        if (!(result instanceof RecipientResult.Failed)) {
            return result;
        }
        try {
            recipients.exists(result.recipient()).toCompletableFuture().join();
            return result;
        } catch (CompletionException e) {
            return new RecipientResult.Deferred(
                    result.recipient(),
                    Diagnosis.ours(
                            "4.3.0",
                            "unknown user, but the tables or the directory of this server cannot be read now"));
        }
    }
}
