package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.source.InvalidSubmissionException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.IOException;
import java.time.Clock;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.DefaultMessage;

/**
 * First step of the route that takes mail from {@code mail.submit}: begins the transaction, which commits when the route
 * has ended well, and makes a mail of the message. What is no mail goes to {@code mail.submit.invalid} with the reason;
 * when we cannot take mail, it stays where it is.
 */
public final class OpenSubmission implements Processor {
    private final SourceIntake intake;
    private final StorageGuard guard;
    private final Spool spool;
    private final Clock clock;

    OpenSubmission(SourceIntake intake, StorageGuard guard, Spool spool, Clock clock) {
        this.intake = intake;
        this.guard = guard;
        this.spool = spool;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, IOException {
        JmsMessage received = exchange.getIn(JmsMessage.class);
        Message message = received.getJmsMessage();
        MailTransaction transaction = new MailTransaction(received.getJmsSession(), message, spool, clock);
        SubmissionCommit commit = new SubmissionCommit(transaction, spool);
        exchange.setProperty(MailTransaction.PROPERTY, transaction);
        exchange.getExchangeExtension().addOnCompletion(commit);
        exchange.setMessage(new DefaultMessage(exchange.getContext()));
        if (guard.isFull()) {
            throw new Stopping.MailStaysException("no room to keep mail: it stays in its queue");
        }
        try {
            SubmittedMessage submitted = new SubmittedMessage(message);
            MailObject mail = intake.read(submitted.handed(), submitted.origin());
            commit.expect(mail);
            exchange.getMessage().setBody(mail);
        } catch (InvalidSubmissionException e) {
            commit.setAside(e.reason());
            exchange.setRouteStop(true);
        }
    }
}
