package dev.caravan.mail;

/**
 * A mail: envelope and content (RFC 5321 §2.3.1).
 *
 * @param id by which replies, logs, queues and reports name it.
 * @param arrival how it came.
 * @param envelope who sent it to whom.
 * @param content what it says.
 */
public record MailObject(MailId id, Arrival arrival, Envelope envelope, Content content) {
    public MailObject withEnvelope(Envelope other) {
        return new MailObject(id, arrival, other, content);
    }

    public MailObject withContent(Content other) {
        return new MailObject(id, arrival, envelope, other);
    }
}
