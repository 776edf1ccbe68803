package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import java.util.List;

/**
 * A mail, or the part of it that leaves by one next hop, as it waits in a queue.
 *
 * @param id its name, which stays through retries.
 * @param mail the mail, with only the recipients that are still open in this item.
 * @param nextHop which way it leaves.
 * @param progress how far it has come.
 * @throws IllegalArgumentException if id and mail do not belong together.
 */
public record QueueItem(ItemId id, MailObject mail, NextHop nextHop, Progress progress) {
    public QueueItem {
        if (!id.mail().equals(mail.id())) {
            throw new IllegalArgumentException("item " + id + " of another mail (expected: " + mail.id() + ")");
        }
    }

    public QueueItem withId(ItemId other) {
        return new QueueItem(other, mail, nextHop, progress);
    }

    public QueueItem withContent(Content other) {
        return new QueueItem(id, mail.withContent(other), nextHop, progress);
    }

    /** The item on its way by another next hop. */
    public QueueItem withNextHop(NextHop other) {
        return new QueueItem(id, mail, other, progress);
    }

    public QueueItem withProgress(Progress other) {
        return new QueueItem(id, mail, nextHop, other);
    }

    /** The item for some of its recipients only. */
    public QueueItem withRecipients(List<Recipient> some) {
        return new QueueItem(id, mail.withEnvelope(mail.envelope().withRecipients(some)), nextHop, progress);
    }

    public List<Recipient> recipients() {
        return mail.envelope().recipients();
    }
}
