package dev.caravan.camel;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.policy.UserFile;
import dev.caravan.queue.QueueItem;
import org.apache.camel.Body;

/** One attempt into the Maildirs of local users. */
public final class LocalTransport {
    private final MaildirDelivery delivery;
    private final UserFile users;

    public LocalTransport(MaildirDelivery delivery, UserFile users) {
        this.delivery = delivery;
        this.users = users;
    }

    public DeliveryReport deliver(@Body QueueItem item) {
        return delivery.attempt(item.id().toString(), item.mail(), users::userOf);
    }
}
