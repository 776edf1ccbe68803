package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.QueueRotation;
import dev.caravan.events.EventMessage;
import dev.caravan.events.PendingEvents;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.store.SpoolRelease;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes mail out of the queues for good, with its content. Programs that listen are told; senders are not. */
public final class Remove implements QueueAction {
    public static final String NAME = "remove";

    private final QueueFilter filter;
    private final Spool spool;
    private final MailEvents events;
    private final Clock clock;

    public Remove(QueueFilter filter, Spool spool, MailEvents events, Clock clock) {
        this.filter = filter;
        this.spool = spool;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public QueueFilter filter() {
        return filter;
    }

    @Override
    public boolean means(QueueItem item) {
        return filter.matchesWholly(item);
    }

    @Override
    public QueueRotation.Handler on(String queue) {
        return new Removal(queue);
    }

    private final class Removal implements QueueRotation.Handler {
        private final String queue;
        private final List<QueueItem> removed = new ArrayList<>();
        private final List<PendingEvents> reports = new ArrayList<>();

        Removal(String queue) {
            this.queue = queue;
        }

        @Override
        public boolean take(Session session, ProducerCache producers, Message message)
                throws JMSException, UnsupportedItemException {
            Optional<QueueItem> item = ListingPage.meant(message, spool, filter).filter(Remove.this::means);
            if (item.isPresent()) {
                QueueItem taken = item.get();
                List<OutcomeEvent> outcomes = OutcomeEvents.removed(taken, clock.instant());
                PendingEvents told =
                        PendingEvents.prepare(events, outcomes, () -> events.removed(taken, queue, outcomes));
                for (EventMessage event : told.messages()) {
                    event.send(session, producers);
                }
                removed.add(taken);
                reports.add(told);
            }
            return item.isPresent();
        }

        @Override
        public void committed() {
            for (QueueItem item : removed) {
                SpoolRelease.release(spool, item.mail().content());
            }
            reports.forEach(PendingEvents::committed);
            removed.clear();
            reports.clear();
        }
    }
}
