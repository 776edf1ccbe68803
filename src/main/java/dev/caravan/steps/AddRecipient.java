package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;

/** Adds a recipient to a message: {@code bean: {ref: addRecipient, method: "to('archive@archive.internal')"}}. */
public final class AddRecipient implements NonBlockingStep.ReadsHeader {
    private final Decisions decisions;

    public AddRecipient(Decisions decisions) {
        this.decisions = decisions;
    }

    /**
     * The recipient gets the message like the others, stored in the same commit. The sender is never notified about the
     * copy. A message that goes there already is not changed, nor are reports of this server and a copy that comes
     * back.
     *
     * @throws IllegalArgumentException if the address is malformed; the message is then deferred.
     * @throws IOException if the content cannot be read; likewise.
     */
    public void to(@Argument(ArgumentForm.MAILBOX) String address, Exchange exchange) throws IOException {
        MailObject mail = MailExchange.of(exchange).requireBody(MailObject.class);
        Recipient copy = new Recipient(ForwardPath.of(address), Notify.NEVER, Optional.empty());
        Envelope envelope = mail.envelope();
        boolean isThere = envelope.recipients().stream()
                .anyMatch(recipient -> recipient.path().equals(copy.path()));
        boolean isReport = mail.arrival().protocol().equals(Arrival.OWN_REPORT);
        if (!isThere && !isReport && !hasBeen(mail, copy.path().mailbox().key())) {
            List<Recipient> recipients = new ArrayList<>(envelope.recipients());
            recipients.add(copy);
            exchange.getMessage().setBody(mail.withEnvelope(envelope.withRecipients(recipients)));
            MailExchange.of(exchange).addCopy(copy.path().mailbox());
            decisions.report(exchange, "addRecipient", () -> "one more recipient", () -> address);
        }
    }

    private static boolean hasBeen(MailObject mail, String copy) throws IOException {
        return ForwardTrace.of(HeaderSection.of(mail.content()))
                .isLoop(copy, mail.envelope().reversePath());
    }
}
