package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailLog;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * Commits when a mail of {@code mail.submit} was stored, thrown away by a rule, or refused for good and set aside with
 * the reason. In all other cases the listener rolls back, and the message stays in its queue.
 */
final class SubmissionCommit extends SynchronizationAdapter {
    private final MailTransaction transaction;
    private final Spool spool;
    private Optional<MailObject> mail = Optional.empty();

    SubmissionCommit(MailTransaction transaction, Spool spool) {
        this.transaction = transaction;
        this.spool = spool;
    }

    /** The mail that is to be stored. */
    void expect(MailObject read) {
        mail = Optional.of(read);
    }

    /** The message is no mail that could be sent. */
    void setAside(String reason) throws JMSException {
        Message message = transaction.consumed();
        MailLog.invalid(QueueNames.SUBMIT, message.getJMSMessageID(), reason);
        transaction.addConsumed(QueueNames.SUBMIT_INVALID, reason);
    }

    @Override
    public void onComplete(Exchange exchange) {
        if (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()) {
            forget();
            return;
        }
        try {
            if (!transaction.isDecided()) {
                decide(exchange);
            }
        } catch (JMSException | RuntimeException e) {
            forget();
            // Thrown it would be swallowed; set, it makes the listener roll back.
            exchange.setException(e);
            return;
        }
        try {
            transaction.commit();
        } catch (JMSException | RuntimeException e) {
            exchange.setException(e);
        }
    }

    /** A route that stopped before it stored the mail has said why. */
    private void decide(Exchange exchange) throws JMSException {
        Object body = exchange.getMessage().getBody();
        MailObject refused = mail.orElseThrow(() -> new IllegalStateException("a message was not read"));
        if (body instanceof Reply reply && reply.isPermanent()) {
            setAside(reply.text());
        } else if (exchange.getProperty(NextHops.DISPOSITION) == Disposition.DISCARD) {
            MailLog.discarded(refused, exchange.getProperty(Rule.REASON, "a rule said so", String.class));
        } else {
            throw new Stopping.MailStaysException(refused.id() + " was not stored, and stays in its queue: "
                    + (body instanceof Reply reply ? reply.text() : "does routes/submit.camel.yaml end with store?"));
        }
        transaction.release(refused.content());
    }

    @Override
    public void onFailure(Exchange exchange) {
        forget();
    }

    /** It comes again, with another id and another file. */
    private void forget() {
        transaction.undo();
        mail.ifPresent(read -> SpoolRelease.release(spool, read.content()));
    }
}
