package dev.caravan.settle;

import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.QueueOf;
import dev.caravan.broker.TakenItem;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.MissingContentException;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueItemFormatException;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.jms.JmsMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * First step of every route that consumes queue items: begins the transaction, which commits when the route has
 * succeeded, and turns the message into a {@link QueueItem}. An item that was delivered and not settled is only
 * settled. A message that is not an item goes to {@code mail.dead.invalid}; an item of a newer server is left in its
 * queue; an item whose spool file is missing is deferred.
 */
public final class ReadQueueItem implements Processor, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(ReadQueueItem.class);
    private static final String SETTLE = "direct:settle";

    private final Spool spool;
    private final Clock clock;
    private final UncommittedReports uncommitted;
    private final ActiveAttempts attempts;
    private final MailEvents events;
    private final Duration delay;
    private final UnsupportedItems unsupported;
    private final ShutdownState shutdown;
    private final AtomicBoolean isWarned = new AtomicBoolean();

    /** @param delay how long mail waits that cannot be tried because of a fault of this server. */
    public ReadQueueItem(
            Spool spool,
            Clock clock,
            UncommittedReports uncommitted,
            MailEvents events,
            Duration delay,
            UnsupportedItems unsupported,
            ShutdownState shutdown) {
        this.events = events;
        this.delay = delay;
        this.unsupported = unsupported;
        this.shutdown = shutdown;
        this.spool = spool;
        this.clock = clock;
        this.uncommitted = uncommitted;
        this.attempts = new ActiveAttempts(clock);
    }

    @Override
    public void process(Exchange exchange) throws JMSException, IOException {
        if (MailExchange.of(exchange).transaction().isPresent()) {
            if (!isWarned.getAndSet(true)) {
                LOG.warn("route {}: the step openItem does nothing behind deliver:", exchange.getFromRouteId());
            }
            return;
        }
        JmsMessage received = MailExchange.of(exchange).requireMessage(JmsMessage.class);
        TakenItem taken = TakenItem.ofListener(received.getJmsSession(), received.getJmsMessage());
        QueueTransaction transaction = transactionOf(taken);
        exchange.getExchangeExtension().addOnCompletion(new CommitOnCompletion(endOf(transaction)));
        begin(exchange, transaction);
    }

    /** A transaction for a consumed message. */
    public QueueTransaction transactionOf(TakenItem taken) {
        return new QueueTransaction(taken, spool, clock);
    }

    /** The end of the attempt of a transaction. */
    public AttemptEnd endOf(QueueTransaction transaction) {
        return new AttemptEnd(transaction, clock, uncommitted, attempts, events, delay);
    }

    /**
     * Begins with the message of a transaction, which is kept with the exchange. The route is stopped if there is
     * nothing to deliver.
     *
     * @throws LeaveInQueueException if the message must stay in its queue for now.
     */
    public void begin(Exchange exchange, QueueTransaction transaction) throws JMSException, IOException {
        MailExchange.of(exchange).transaction(transaction);
        Message message = transaction.consumed();
        Optional<byte[]> octets = MessageCopy.octets(message);
        try {
            QueueItem item = QueueItemFormat.read(octets.orElseGet(() -> new byte[0]), spool)
                    .released();
            MailExchange.of(exchange).item(item);
            exchange.setMessage(new org.apache.camel.support.DefaultMessage(exchange.getContext()));
            exchange.getMessage().setBody(item);
            if (isDelivery(message)) {
                attempts.begin(item.id(), message.getJMSMessageID(), transaction);
                settleUnmade(item, exchange);
            }
        } catch (QueueItemFormatException e) {
            String queue = String.valueOf(message.getJMSDestination());
            String messageId = message.getJMSMessageID();
            String reason = String.valueOf(e.getMessage());
            transaction.afterCommit(() -> events.invalid(queue, messageId, reason));
            transaction.addConsumed(QueueNames.DEAD_INVALID, reason);
            exchange.setRouteStop(true);
        } catch (UnsupportedItemException e) {
            putBack(octets.orElseThrow(), message, transaction, e);
            exchange.setRouteStop(true);
        } catch (MissingContentException e) {
            transaction.afterCommit(() -> events.contentMissing(e.item(), String.valueOf(e.getMessage())));
            Placement later = Outcome.postpone(e.item(), delay, clock.instant());
            if (QueueOf.message(message).filter(QueueNames.DEAD::equals).isPresent()) {
                // It was given up: it is to be returned to the sender, not tried again.
                transaction.addReturningTo(QueueNames.DEAD, later);
            } else {
                transaction.add(List.of(later));
            }
            exchange.setRouteStop(true);
        }
    }

    /**
     * How long a message must wait because it is an item of a newer server that was put back a moment ago, so that
     * putting it back again and again does not load the broker.
     */
    Duration pause(Message message) {
        Optional<String> queue;
        try {
            queue = QueueOf.message(message).filter(unsupported::isKnown);
        } catch (JMSException e) {
            return Duration.ZERO;
        }
        return queue.isEmpty()
                ? Duration.ZERO
                : MessageCopy.octets(message)
                        .map(octets -> unsupported.pause(queue.get(), octets))
                        .orElse(Duration.ZERO);
    }

    /** Puts an item of a newer server back at the tail of its queue. */
    private void putBack(byte[] octets, Message message, QueueTransaction transaction, UnsupportedItemException reason)
            throws JMSException {
        String queue = ((jakarta.jms.Queue) message.getJMSDestination()).getQueueName();
        Duration pause = transaction.workers().isPresent() ? Duration.ZERO : unsupported.pause(queue, octets);
        while (!pause.isZero() && !shutdown.hasBegun()) {
            shutdown.pause(pause);
            if (Thread.currentThread().isInterrupted()) {
                throw new LeaveInQueueException("interrupted");
            }
            pause = unsupported.pause(queue, octets);
        }
        transaction.moveTo(queue);
        // Before the commit, since the broker may dispatch the item to another consumer before the commit is confirmed.
        unsupported.putBack(queue, octets, reason);
    }

    private static boolean isDelivery(Message message) throws JMSException {
        return QueueOf.message(message)
                .filter(queue ->
                        queue.startsWith(QueueNames.DELIVER_PREFIX) || queue.startsWith(QueueNames.PARKED_PREFIX))
                .isPresent();
    }

    /** Settles an item without an attempt: one that could not be settled was made before, or it would be too late. */
    private void settleUnmade(QueueItem item, Exchange exchange) {
        Optional<DeliveryReport> before = uncommitted.take(item);
        Optional<DeliveryReport> report = before.or(() -> Outcome.missed(item, clock.instant()));
        if (report.isEmpty()) {
            return;
        }
        LOG.info(
                before.isPresent()
                        ? "{} was tried already, and is only settled now"
                        : "{} is not tried, because its deadline is over",
                item.id());
        exchange.getMessage().setBody(report.get());
        // Noted here, as the route does, in case the route cannot be reached.
        MailExchange.of(exchange).report(report.get());
        try (ProducerTemplate template = exchange.getContext().createProducerTemplate()) {
            template.send(SETTLE, exchange);
        } catch (IOException e) {
            LOG.debug("closing a template: {}", e.toString());
        }
        // Otherwise the error handler of the route goes on, which sees in the report which recipients have the message.
        exchange.setRouteStop(exchange.getException() == null);
    }
}
