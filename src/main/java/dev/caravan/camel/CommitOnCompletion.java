package dev.caravan.camel;

import jakarta.jms.JMSException;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/** Commits when the route has ended well. If it has not, the listener rolls back and the mail stays in its queue. */
final class CommitOnCompletion extends SynchronizationAdapter {
    private final MailTransaction transaction;

    CommitOnCompletion(MailTransaction transaction) {
        this.transaction = transaction;
    }

    @Override
    public void onComplete(Exchange exchange) {
        try {
            transaction.commit();
        } catch (JMSException | RuntimeException e) {
            // Thrown it would be swallowed; set, it makes the listener roll back.
            exchange.setException(e);
        }
    }
}
