package dev.caravan.source.jms;

import dev.caravan.broker.TakenItem;
import dev.caravan.camel.BatchQueueConsumer;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.support.DefaultMessage;

/**
 * The first step of the route from {@code mail.submit}: begins the transaction, which commits when the route has
 * succeeded, and reads the submission. An invalid one goes to {@code mail.submit.invalid} with the reason; when there
 * is no room for mail, the submission stays in its queue.
 */
public final class ReadSubmission implements Processor, BlockingStep {
    private final MailObjectFactory intake;
    private final FreeSpaceGuard guard;
    private final Spool spool;
    private final IdempotencyStore records;
    private final MailEvents events;
    private final Clock clock;

    public ReadSubmission(
            MailObjectFactory intake,
            FreeSpaceGuard guard,
            Spool spool,
            IdempotencyStore records,
            MailEvents events,
            Clock clock) {
        this.intake = intake;
        this.guard = guard;
        this.spool = spool;
        this.records = records;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws JMSException, IOException {
        JmsMessage received = MailExchange.of(exchange).requireMessage(JmsMessage.class);
        Message message = received.getJmsMessage();
        TakenItem taken = exchange.getProperty(BatchQueueConsumer.ITEM, TakenItem.class);
        if (taken == null) {
            taken = TakenItem.ofListener(received.getJmsSession(), message);
        }
        QueueTransaction transaction = new QueueTransaction(taken, spool, clock);
        SubmissionCommit commit = new SubmissionCommit(transaction, spool, records, events, clock);
        MailExchange.of(exchange).transaction(transaction);
        exchange.getExchangeExtension().addOnCompletion(commit);
        exchange.setMessage(new DefaultMessage(exchange.getContext()));
        if (guard.isFull()) {
            throw new LeaveInQueueException("no room to keep mail: it stays in its queue");
        }
        try {
            JmsSubmission submitted = new JmsSubmission(message);
            Optional<String> key = submitted.idempotencyKey().map(name -> IdempotencyRecord.key("jms", name));
            if (key.isPresent()) {
                if (!records.begin(key.get())) {
                    throw new LeaveInQueueException("another message with its idempotencyKey is being stored");
                }
                commit.holds(key.get());
            }
            MailObject mail = intake.read(submitted.handed(), submitted.origin());
            commit.expect(mail);
            MailExchange.of(exchange).submitted(mail);
            if (key.isPresent() && isRepeated(key.get(), submitted, mail, commit, exchange)) {
                exchange.setRouteStop(true);
                return;
            }
            exchange.getMessage().setBody(mail);
        } catch (InvalidSubmissionException e) {
            commit.setAside(e.reason());
            exchange.setRouteStop(true);
        }
    }

    /** Whether a message with that key was stored before; if not, its record is stored with this message. */
    private boolean isRepeated(
            String key, JmsSubmission submitted, MailObject mail, SubmissionCommit commit, Exchange exchange)
            throws JMSException, InvalidSubmissionException {
        String digest = submitted.digest();
        Optional<IdempotencyRecord> known = records.find(key);
        if (known.isEmpty()) {
            IdempotencyRecord record =
                    new IdempotencyRecord(key, digest, mail.id().text(), clock.instant());
            MailExchange.of(exchange).storeToo(record.message());
            commit.expect(record);
            return false;
        }
        if (!known.get().digest().equals(digest)) {
            throw new InvalidSubmissionException(
                    Fault.UNACCEPTABLE, "another message had this idempotencyKey before (expected: a key of its own)");
        }
        commit.isDuplicateOf(known.get());
        return true;
    }
}
