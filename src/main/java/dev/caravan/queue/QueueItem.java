package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import java.util.List;
import java.util.Optional;

/**
 * A message, or the part of it that leaves by one next hop, as it waits in a queue. What is made of an item that was read
 * from a queue is made with the methods below, which keep its attributes.
 *
 * @param id its name, which stays through retries.
 * @param mail the message, with only the recipients that are still open in this item.
 * @param nextHop which way it leaves.
 * @param progress how far it has come.
 * @param attributes what else it says, such as attributes of a later version that are kept.
 */
public record QueueItem(ItemId id, MailObject mail, NextHop nextHop, Progress progress, ItemAttributes attributes) {
    /** @throws IllegalArgumentException if id and message do not belong together. */
    public QueueItem {
        if (!id.mail().equals(mail.id())) {
            throw new IllegalArgumentException("item " + id + " of another mail (expected: " + mail.id() + ")");
        }
    }

    /** A new item, which was in no queue before. */
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

    /** The item on its way by another next hop. */
    public QueueItem withNextHop(NextHop other) {
        return new QueueItem(id, mail, other, progress, attributes);
    }

    public QueueItem withProgress(Progress other) {
        return new QueueItem(id, mail, nextHop, other, attributes);
    }

    /** The item with the reason why it is held, as it is to be in {@code mail.hold}. */
    public QueueItem held(Hold hold) {
        return new QueueItem(id, mail, nextHop, progress, attributes.withHold(Optional.of(hold)));
    }

    /** The item without a reason to be held, as it is to be in every other queue. */
    public QueueItem released() {
        return attributes.hold().isEmpty()
                ? this
                : new QueueItem(id, mail, nextHop, progress, attributes.withHold(Optional.empty()));
    }

    /** The item for some of its recipients only. */
    public QueueItem withRecipients(List<Recipient> some) {
        return withMail(mail.withEnvelope(mail.envelope().withRecipients(some)));
    }

    public List<Recipient> recipients() {
        return mail.envelope().recipients();
    }
}
