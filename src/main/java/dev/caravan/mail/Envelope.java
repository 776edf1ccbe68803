package dev.caravan.mail;

import java.util.List;

/**
 * The sender and the recipients of a message (RFC 5321 §2.3.1).
 *
 * @param reversePath where reports go.
 * @param recipients at least one; order as given; no address twice.
 * @param parameters the parameters of MAIL FROM; SMTPUTF8 is set if an address is not ASCII.
 */
public record Envelope(ReversePath reversePath, List<Recipient> recipients, MailParameters parameters) {
    /** @throws IllegalArgumentException if there is no recipient. */
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("no recipient (expected: >= 1)");
        }
        if (!parameters.isUtf8() && !areAscii(reversePath, recipients)) {
            parameters = parameters.withUtf8(true);
        }
    }

    private static boolean areAscii(ReversePath reversePath, List<Recipient> recipients) {
        boolean areAscii = reversePath.mailbox().map(Mailbox::isAscii).orElse(true);
        for (int i = 0; areAscii && i < recipients.size(); i++) {
            areAscii = recipients.get(i).path().mailbox().isAscii();
        }
        return areAscii;
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
