package dev.caravan.camel;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;

/** Lets a mail go to one more recipient: {@code bean: {ref: copy, method: "to('archive@archive.internal')"}}. */
public final class MailCopy {
    /**
     * The recipient gets the mail like any other, stored in the same commit. Its sender hears nothing of it, whatever
     * becomes of the copy. A mail that goes there already is left as it is, and so are our own reports.
     *
     * @throws IllegalArgumentException if the address is malformed; then nothing is taken.
     */
    public void to(@Argument(ArgumentForm.MAILBOX) String address, Exchange exchange) {
        MailObject mail = exchange.getMessage().getBody(MailObject.class);
        Recipient copy = new Recipient(ForwardPath.of(address), Notify.NEVER, Optional.empty());
        Envelope envelope = mail.envelope();
        boolean isThere = envelope.recipients().stream()
                .anyMatch(recipient -> recipient.path().equals(copy.path()));
        if (!isThere && !mail.arrival().protocol().equals(Arrival.OWN_REPORT)) {
            List<Recipient> recipients = new ArrayList<>(envelope.recipients());
            recipients.add(copy);
            exchange.getMessage().setBody(mail.withEnvelope(envelope.withRecipients(recipients)));
        }
    }
}
