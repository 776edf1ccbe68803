package dev.caravan.mail;

/**
 * A message: envelope and content (RFC 5321 §2.3.1).
 *
 * @param id its name in replies, logs, queues and reports.
 * @param arrival how it arrived.
 * @param envelope sender and recipients.
 * @param content the octets after DATA.
 */
public record MailObject(MailId id, Arrival arrival, Envelope envelope, Content content) {
    public MailObject withEnvelope(Envelope other) {
        return new MailObject(id, arrival, other, content);
    }

    public MailObject withContent(Content other) {
        return new MailObject(id, arrival, envelope, other);
    }
}
