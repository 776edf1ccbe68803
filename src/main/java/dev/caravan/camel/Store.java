package dev.caravan.camel;

import dev.caravan.camel.StoreFailure.Certainty;
import dev.caravan.mail.Content;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.trace.MailLog;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;

/**
 * Last step of {@code direct:submit}: stores all items of a mail in one transaction. In a route that consumed a queue
 * item that is the transaction of that item; otherwise the enqueuer's, and the route goes on after its commit.
 */
public final class Store extends AsyncProcessorSupport {
    private final Enqueuer enqueuer;
    private final Spool spool;
    private final EventOutlets outlets;
    private final Clock clock;

    Store(Enqueuer enqueuer, Spool spool, EventOutlets outlets, Clock clock) {
        this.enqueuer = enqueuer;
        this.spool = spool;
        this.outlets = outlets;
        this.clock = clock;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        Submission submission = exchange.getMessage().getBody(Submission.class);
        MailTransaction transaction = exchange.getProperty(MailTransaction.PROPERTY, MailTransaction.class);
        try {
            if (transaction != null) {
                transaction.add(submission.placements());
                transaction.tell(told(submission));
                SubmissionMark mark = exchange.getProperty(SubmissionMark.PROPERTY, SubmissionMark.class);
                if (mark != null) {
                    transaction.add(mark.message());
                }
                accepted(submission, exchange);
                callback.done(true);
                return true;
            }
            storeAlone(submission, exchange, callback);
            return false;
        } catch (IOException | RuntimeException e) {
            exchange.setException(e);
            callback.done(true);
            return true;
        }
    }

    private void storeAlone(Submission submission, Exchange exchange, AsyncCallback callback) throws IOException {
        List<Placement> placements = submission.placements();
        List<QueueItem> items =
                spool.adoptAll(placements.stream().map(Placement::item).toList());
        // Events come first: a delivery may be told of as soon as the broker has handed the item on.
        Told told = told(submission);
        List<Sendable> messages = new ArrayList<>(told.messages());
        for (int i = 0; i < items.size(); i++) {
            messages.add(OutgoingMessage.of(placements.get(i).queue(), items.get(i), clock.instant()));
        }
        SubmissionMark mark = exchange.getProperty(SubmissionMark.PROPERTY, SubmissionMark.class);
        if (mark != null) {
            messages.add(mark.message());
        }
        enqueuer.store(messages).whenComplete((stored, failure) -> {
            if (failure == null) {
                told.committed();
                accepted(submission, exchange);
            } else {
                exchange.setException(failure);
                releaseIfNotStored(failure, items);
            }
            callback.done(false);
        });
    }

    private Told told(Submission submission) {
        return outlets.stored(submission.mail(), submission.placements(), clock.instant());
    }

    private void accepted(Submission submission, Exchange exchange) {
        MailLog.accepted(submission.mail(), submission.placements().size());
        exchange.getMessage().setBody(new Stored(submission.mail().id()));
    }

    private void releaseIfNotStored(Throwable failure, List<QueueItem> items) {
        if (failure instanceof StoreFailure store && store.certainty() == Certainty.NOT_STORED) {
            for (QueueItem item : items) {
                Content content = item.mail().content();
                SpoolRelease.release(spool, content);
            }
        }
    }
}
