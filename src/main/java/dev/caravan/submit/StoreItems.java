package dev.caravan.submit;

import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.broker.ItemMessage;
import dev.caravan.broker.TransactedSend;
import dev.caravan.dsn.Notification;
import dev.caravan.events.PendingEvents;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.Content;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.QueueTransaction;
import dev.caravan.store.SpoolRelease;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import dev.caravan.store.Stored;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;

/**
 * Last step of {@code direct:submit}: stores all items of a message in one transaction: that of the consumed queue
 * item, if the route has one; otherwise one of the enqueuer, and the route goes on after its commit.
 */
public final class StoreItems extends AsyncProcessorSupport implements NonBlockingStep {
    /** A message of up to this many items needs hardly more memory than one with a single item. */
    private static final int FREE_ITEMS = 16;
    /** A content of up to this many octets may be in memory twice. */
    private static final long SMALL_CONTENT = 16 * 1024;
    /** The memory of an item until it is stored, here and in the broker, without its content. */
    private static final int ITEM_MEMORY = 4 * 1024;

    private final GroupCommitEnqueuer enqueuer;
    private final Spool spool;
    private final MailEvents events;
    private final Clock clock;
    private final MemoryShare memory;
    private final Executor disk;

    /**
     * @param memory from which the memory for the items of a message to many recipients is taken until they are stored.
     * @param disk runs what waits for the disk, as the caller must not wait.
     */
    public StoreItems(
            GroupCommitEnqueuer enqueuer,
            Spool spool,
            MailEvents events,
            Clock clock,
            MemoryShare memory,
            Executor disk) {
        this.memory = memory;
        this.disk = disk;
        this.enqueuer = enqueuer;
        this.spool = spool;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        QueueTransaction transaction = MailExchange.of(exchange).transaction().orElse(null);
        try {
            SplitMail submission = MailExchange.of(exchange).requireBody(SplitMail.class);
            if (transaction != null) {
                transaction.add(submission.placements());
                transaction.tell(told(submission, exchange));
                MailExchange.of(exchange).storedToo().forEach(transaction::add);
                stored(submission, exchange);
                callback.done(true);
                return true;
            }
            store(submission, exchange, callback);
            return false;
        } catch (IOException | RuntimeException e) {
            exchange.setException(e);
            callback.done(true);
            return true;
        }
    }

    private void store(SplitMail submission, Exchange exchange, AsyncCallback callback) throws IOException {
        List<QueueItem> items =
                submission.placements().stream().map(Placement::item).toList();
        MemoryLease lease = memory.lease();
        if (items.size() > FREE_ITEMS) {
            // A message that needs more than the limit has to be alone.
            lease.take(Math.min((long) ITEM_MEMORY * items.size(), memory.limit()));
        }
        if (!Spool.needsFile(items)) {
            storeAlone(submission, exchange, callback, lease);
            return;
        }
        try {
            disk.execute(() -> storeLater(submission, exchange, callback, lease));
        } catch (RejectedExecutionException e) {
            lease.close();
            throw e;
        }
    }

    private void storeLater(SplitMail submission, Exchange exchange, AsyncCallback callback, MemoryLease lease) {
        try {
            storeAlone(submission, exchange, callback, lease);
        } catch (IOException | RuntimeException e) {
            exchange.setException(e);
            callback.done(false);
        }
    }

    /** Stores the items and closes the lease in any case. */
    private void storeAlone(SplitMail submission, Exchange exchange, AsyncCallback callback, MemoryLease lease)
            throws IOException {
        List<Placement> placements = submission.placements();
        List<QueueItem> items;
        List<TransactedSend> messages;
        PendingEvents told;
        try {
            items = spool.adoptAll(placements.stream().map(Placement::item).toList());
            // Events first: the events of a delivery may be sent as soon as the broker has dispatched the item.
            told = told(submission, exchange);
            messages = new ArrayList<>(told.messages());
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
        for (int i = 0; i < items.size(); i++) {
            messages.add(message(placements.get(i).queue(), items.get(i), items.size()));
        }
        messages.addAll(MailExchange.of(exchange).storedToo());
        enqueuer.store(messages).whenComplete((stored, failure) -> {
            lease.close();
            if (failure == null) {
                told.committed();
                stored(submission, exchange);
            } else {
                exchange.setException(failure);
                releaseIfNotStored(failure, items);
            }
            callback.done(false);
        });
    }

    /** A small item is encoded here, by one of many threads; a large one waits in its shortest form. */
    private TransactedSend message(String queue, QueueItem item, int together) {
        boolean isSmall = together <= FREE_ITEMS && item.mail().content().size() <= SMALL_CONTENT;
        return isSmall
                ? EncodedItemMessage.of(queue, item, clock.instant())
                : new ItemMessage(queue, item, clock.instant());
    }

    private PendingEvents told(SplitMail submission, Exchange exchange) {
        List<OutcomeEvent> outcomes = OutcomeEvents.stored(submission.placements(), clock.instant());
        boolean isHeld = MailExchange.of(exchange).disposition() == Disposition.HOLD;
        String reason = MailExchange.of(exchange).hold().map(Hold::reason).orElse("a rule said so");
        return PendingEvents.prepare(events, outcomes, () -> {
            if (isHeld) {
                events.held(submission.mail(), reason);
            }
            events.accepted(submission.mail(), submission.placements(), outcomes);
            submission
                    .discarded()
                    .forEach(discarded -> events.recipientsDiscarded(discarded.part(), discarded.reason()));
            for (Notification report : submission.reports()) {
                events.notified(report.notice().item(), report.notice().kind(), report.mail());
            }
        });
    }

    private static void stored(SplitMail submission, Exchange exchange) {
        exchange.getMessage().setBody(new Stored(submission.mail().id()));
    }

    private void releaseIfNotStored(Throwable failure, List<QueueItem> items) {
        if (failure instanceof StoreException store && store.certainty() == Certainty.NOT_STORED) {
            for (QueueItem item : items) {
                Content content = item.mail().content();
                SpoolRelease.release(spool, content);
            }
        }
    }
}
