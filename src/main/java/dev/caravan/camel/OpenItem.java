package dev.caravan.camel;

import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.MissingContentException;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueItemFormatException;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.trace.MailLog;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;

/**
 * First step of every route that consumes queue items: begins the transaction, which commits when the route has ended
 * well, and turns the message into a {@link QueueItem}. What is no item goes to {@code mail.dead.invalid}; an item whose
 * spool file is missing is put off.
 */
public final class OpenItem implements Processor {
    /** The exchange property that holds the item. */
    public static final String ITEM = "queueItem";

    static final Duration MISSING_CONTENT_DELAY = Duration.ofMinutes(15);

    private final Spool spool;
    private final Clock clock;
    private final UnsettledReports unsettled;

    OpenItem(Spool spool, Clock clock, UnsettledReports unsettled) {
        this.spool = spool;
        this.clock = clock;
        this.unsettled = unsettled;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, IOException {
        JmsMessage received = exchange.getIn(JmsMessage.class);
        Message message = received.getJmsMessage();
        MailTransaction transaction = new MailTransaction(received.getJmsSession(), message, spool, clock);
        exchange.setProperty(MailTransaction.PROPERTY, transaction);
        exchange.getExchangeExtension()
                .addOnCompletion(new CommitOnCompletion(transaction, clock, unsettled));
        Optional<byte[]> octets = MessageCopy.octets(message);
        try {
            QueueItem item = QueueItemFormat.read(octets.orElseGet(() -> new byte[0]), spool);
            exchange.setProperty(ITEM, item);
            exchange.setMessage(new org.apache.camel.support.DefaultMessage(exchange.getContext()));
            exchange.getMessage().setBody(item);
        } catch (QueueItemFormatException e) {
            MailLog.invalid(String.valueOf(message.getJMSDestination()), message.getJMSMessageID(), e.getMessage());
            transaction.addConsumed(QueueNames.DEAD_INVALID, e.getMessage());
            exchange.setRouteStop(true);
        } catch (MissingContentException e) {
            MailLog.missingContent(e.item().id().toString(), e.getMessage());
            Placement later = Outcome.postpone(e.item(), MISSING_CONTENT_DELAY, clock.instant());
            if (new ActiveMQQueue(QueueNames.DEAD).equals(message.getJMSDestination())) {
                // Given up is given up: it is to be returned, not tried again.
                transaction.addReturningTo(QueueNames.DEAD, later);
            } else {
                transaction.add(List.of(later));
            }
            AttemptLog.parked(later);
            exchange.setRouteStop(true);
        }
    }
}
