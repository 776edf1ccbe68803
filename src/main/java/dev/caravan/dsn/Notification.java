package dev.caravan.dsn;

import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Notice;

/**
 * A delivery status notification (RFC 3464) that is ready to be submitted.
 *
 * @param notice what it reports.
 * @param mail the message itself; its content may be a temporary spool file.
 */
public record Notification(Notice notice, MailObject mail) {}
