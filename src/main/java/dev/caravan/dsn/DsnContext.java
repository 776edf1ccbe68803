package dev.caravan.dsn;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.Mailbox;
import java.time.Instant;

/**
 * What a delivery status notification states about itself.
 *
 * @param reportingMta who we are.
 * @param postmaster who is told about mail that cannot be returned.
 * @param now its date, and its arrival.
 * @param id its name.
 */
public record DsnContext(Domain reportingMta, ForwardPath postmaster, Instant now, MailId id) {
    /** With the postmaster at the reporting MTA. */
    public DsnContext(Domain reportingMta, Instant now, MailId id) {
        this(reportingMta, new ForwardPath(new Mailbox("postmaster", reportingMta)), now, id);
    }
}
