package dev.caravan.mail;

import java.util.List;

/**
 * The sender and the recipients of a message (RFC 5321 §2.3.1).
 *
 * @param reversePath where reports go.
 * @param recipients at least one; order as given; no address twice.
 * @param parameters the parameters of MAIL FROM.
 */
public record Envelope(ReversePath reversePath, List<Recipient> recipients, MailParameters parameters) {
    /** @throws IllegalArgumentException if there is no recipient. */
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("no recipient (expected: >= 1)");
        }
    }

    /** The same envelope with other parameters. */
    public Envelope withParameters(MailParameters others) {
        return new Envelope(reversePath, recipients, others);
    }

    /** The same envelope for some of its recipients, or for others. */
    public Envelope withRecipients(List<Recipient> others) {
        return new Envelope(reversePath, others, parameters);
    }
}
