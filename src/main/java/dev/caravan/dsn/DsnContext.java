package dev.caravan.dsn;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.Mailbox;
import java.time.Instant;

/**
 * The facts about a delivery status notification itself.
 *
 * @param reportingMta the name of this server.
 * @param postmaster receives the reports about mail that cannot be returned.
 * @param now its date and arrival time.
 * @param id its id.
 */
public record DsnContext(Domain reportingMta, ForwardPath postmaster, Instant now, MailId id) {
    /** With the postmaster at the reporting MTA. */
    public DsnContext(Domain reportingMta, Instant now, MailId id) {
        this(reportingMta, new ForwardPath(new Mailbox("postmaster", reportingMta)), now, id);
    }
}
