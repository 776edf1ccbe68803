package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A message, or the part of it that leaves by one next hop, as it waits in a queue. Use the methods below to change an
 * item that was read from a queue, because they keep its attributes.
 *
 * @param id its id, which stays the same through retries.
 * @param mail the message, with only the recipients that are still open in this item.
 * @param nextHop how it leaves.
 * @param progress the state of its delivery.
 * @param attributes its other attributes, including those of later versions.
 */
public record QueueItem(ItemId id, MailObject mail, NextHop nextHop, Progress progress, ItemAttributes attributes) {
    /** @throws IllegalArgumentException if id and message do not belong together. */
    public QueueItem {
        if (!id.mail().equals(mail.id())) {
            throw new IllegalArgumentException("item " + id + " of another mail (expected: " + mail.id() + ")");
        }
    }

    /** A new item, which was never in a queue. */
    public QueueItem(ItemId id, MailObject mail, NextHop nextHop, Progress progress) {
        this(id, mail, nextHop, progress, ItemAttributes.NONE);
    }

    public QueueItem withId(ItemId other) {
        return new QueueItem(other, mail, nextHop, progress, attributes);
    }

    /** The item with another form of the same message: its envelope or content was changed, not its id. */
    public QueueItem withMail(MailObject other) {
        return new QueueItem(id, other, nextHop, progress, attributes);
    }

    public QueueItem withContent(Content other) {
        return withMail(mail.withContent(other));
    }

    /** The item with another next hop. */
    public QueueItem withNextHop(NextHop other) {
        return new QueueItem(id, mail, other, progress, attributes);
    }

    public QueueItem withProgress(Progress other) {
        return new QueueItem(id, mail, nextHop, other, attributes);
    }

    /** The item with the reason why it is held, for {@code mail.hold}. */
    public QueueItem held(Hold hold) {
        return new QueueItem(id, mail, nextHop, progress, attributes.withHold(Optional.of(hold)));
    }

    /** The item without a reason to be held, for every other queue. */
    public QueueItem released() {
        return attributes.hold().isEmpty()
                ? this
                : new QueueItem(id, mail, nextHop, progress, attributes.withHold(Optional.empty()));
    }

    /** The item for some of its recipients only. */
    public QueueItem withRecipients(List<Recipient> some) {
        return withMail(mail.withEnvelope(mail.envelope().withRecipients(some)));
    }

    /** The time from which the message's age counts: its arrival, or its release if that is later (RFC 4865). */
    public Instant since() {
        Instant arrived = mail.arrival().at();
        return mail.envelope()
                .parameters()
                .releaseAt()
                .filter(arrived::isBefore)
                .orElse(arrived);
    }

    /** The time until which the sender wants it delivered, as long as something is to be done about that. */
    public Optional<DeliverBy> deadline() {
        return mail.envelope().parameters().deliverBy().filter(by -> !by.isTold());
    }

    /** The item with other parameters of MAIL. */
    public QueueItem withParameters(MailParameters other) {
        Envelope envelope = mail.envelope();
        return withMail(mail.withEnvelope(new Envelope(envelope.reversePath(), envelope.recipients(), other)));
    }

    /** The item whose sender was told that the deadline is over. */
    public QueueItem deadlineTold() {
        MailParameters parameters = mail.envelope().parameters();
        return withParameters(parameters.withDeliverBy(parameters.deliverBy().map(DeliverBy::told)));
    }

    public List<Recipient> recipients() {
        return mail.envelope().recipients();
    }
}
