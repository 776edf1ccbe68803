package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueVerb;
import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.QueueRotation;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.events.EventMessage;
import dev.caravan.events.PendingEvents;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.mail.Hold;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.QueueState;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.store.SpoolRelease;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The actions of operators' commands, one for each {@link QueueVerb}. */
final class QueueActions {
    private final Spool spool;
    private final DeadHostCache hosts;
    private final MailEvents events;
    private final Clock clock;

    /** @param hosts forgets unreachable hosts when mail is flushed. */
    QueueActions(Spool spool, DeadHostCache hosts, MailEvents events, Clock clock) {
        this.spool = spool;
        this.hosts = hosts;
        this.events = events;
        this.clock = clock;
    }

    /**
     * The action of a command.
     *
     * @param request whose; the reason is for {@link QueueVerb#HOLD} only.
     * @throws IllegalArgumentException if the command does not take such a filter.
     */
    QueueAction of(QueueVerb verb, QueueFilter filter, OperatorRequest request) {
        if (!filter.states().stream().allMatch(verb::takes)) {
            String states = Arrays.stream(QueueState.values())
                    .filter(verb::takes)
                    .map(QueueState::word)
                    .sorted()
                    .collect(Collectors.joining(" and "));
            throw new IllegalArgumentException(
                    "only " + states + " mail is " + verb.done() + " (expected: no other state)");
        }
        return switch (verb) {
            case FLUSH -> new Flush(filter);
            case REMOVE -> new Remove(filter);
            case HOLD -> new HoldMail(filter, new Hold(clock.instant(), request.by(), request.reason()));
            case RELEASE -> new Release(filter);
        };
    }

    /** What the actions share: their filter. */
    private abstract static class Filtered implements QueueAction {
        private final QueueFilter filter;

        Filtered(QueueFilter filter) {
            this.filter = filter;
        }

        @Override
        public QueueFilter filter() {
            return filter;
        }

        /** An item with other recipients is not meant: removing or moving it would do so with their message too. */
        @Override
        public boolean selects(QueueItem item) {
            return filter.matchesWholly(item);
        }
    }

    /** Makes deferred messages due now, as the retry scheduler does at their time. No attempt is counted. */
    private final class Flush extends Filtered {
        Flush(QueueFilter filter) {
            super(filter);
        }

        @Override
        public QueueVerb verb() {
            return QueueVerb.FLUSH;
        }

        @Override
        public boolean selects(QueueItem item) {
            return filter().matches(item);
        }

        /** Otherwise messages to hosts that are taken for dead would only be deferred again. */
        @Override
        public void begin() {
            hosts.forgetUnreachable();
        }

        @Override
        public QueueRotation.Handler on(String queue) {
            List<Runnable> reports = new ArrayList<>();
            return new QueueRotation.Handler() {
                @Override
                public boolean take(Session session, ProducerCache producers, Message message)
                        throws JMSException, UnsupportedItemException {
                    boolean isSelected =
                            filter().isAll() || selected(message, spool).isPresent();
                    if (isSelected && RetryScheduler.moveBack(session, producers, message, events, reports::add)) {
                        // From the item itself, since other programs that move messages lose their properties.
                        String item = MessageCopy.octets(message)
                                .flatMap(QueueItemFormat::id)
                                .map(ItemId::toString)
                                .orElse("");
                        reports.add(() -> events.flushed(item, queue));
                    }
                    return isSelected;
                }

                @Override
                public void committed() {
                    reports.forEach(Runnable::run);
                    reports.clear();
                }

                @Override
                public void rolledBack() {
                    reports.clear();
                }
            };
        }
    }

    /** Deletes messages with their content. The event {@code removed} is published; senders get no report. */
    private final class Remove extends Filtered {
        Remove(QueueFilter filter) {
            super(filter);
        }

        @Override
        public QueueVerb verb() {
            return QueueVerb.REMOVE;
        }

        @Override
        public DeliveriesInHand.Decision inHand() {
            return (item, transaction) -> {
                List<OutcomeEvent> outcomes = OutcomeEvents.removed(item, clock.instant());
                String queue = QueueNames.deliver(item.nextHop());
                transaction.tell(PendingEvents.prepare(events, outcomes, () -> events.removed(item, queue, outcomes)));
                transaction.release(item.mail().content());
            };
        }

        @Override
        public QueueRotation.Handler on(String queue) {
            List<QueueItem> removed = new ArrayList<>();
            List<PendingEvents> reports = new ArrayList<>();
            return new QueueRotation.Handler() {
                @Override
                public boolean take(Session session, ProducerCache producers, Message message)
                        throws JMSException, UnsupportedItemException {
                    Optional<QueueItem> item = selected(message, spool);
                    if (item.isPresent()) {
                        QueueItem taken = item.get();
                        List<OutcomeEvent> outcomes = OutcomeEvents.removed(taken, clock.instant());
                        PendingEvents pending =
                                PendingEvents.prepare(events, outcomes, () -> events.removed(taken, queue, outcomes));
                        for (EventMessage event : pending.messages()) {
                            event.send(session, producers);
                        }
                        removed.add(taken);
                        reports.add(pending);
                    }
                    return item.isPresent();
                }

                @Override
                public void committed() {
                    for (QueueItem item : removed) {
                        SpoolRelease.release(spool, item.mail().content());
                    }
                    reports.forEach(PendingEvents::committed);
                    rolledBack();
                }

                @Override
                public void rolledBack() {
                    removed.clear();
                    reports.clear();
                }
            };
        }
    }

    /** Sends selected items to another queue, in their stored form. */
    private abstract class Move extends Filtered {
        Move(QueueFilter filter) {
            super(filter);
        }

        /** Where an item goes, and how it is stored there. */
        abstract Placement to(QueueItem item, String from);

        abstract void report(QueueItem item, String from);

        @Override
        public QueueRotation.Handler on(String queue) {
            List<QueueItem> moved = new ArrayList<>();
            return new QueueRotation.Handler() {
                @Override
                public boolean take(Session session, ProducerCache producers, Message message)
                        throws JMSException, UnsupportedItemException {
                    Optional<QueueItem> item = selected(message, spool);
                    if (item.isPresent()) {
                        Placement placement = to(item.get(), queue);
                        EncodedItemMessage.of(placement.queue(), placement.item(), clock.instant())
                                .send(session, producers);
                        moved.add(item.get());
                    }
                    return item.isPresent();
                }

                @Override
                public void committed() {
                    moved.forEach(item -> report(item, queue));
                    moved.clear();
                }

                @Override
                public void rolledBack() {
                    moved.clear();
                }
            };
        }
    }

    /** Moves messages that are not delivered yet to {@code mail.hold}. */
    private final class HoldMail extends Move {
        private final Hold hold;

        HoldMail(QueueFilter filter, Hold hold) {
            super(filter);
            this.hold = hold;
        }

        @Override
        public QueueVerb verb() {
            return QueueVerb.HOLD;
        }

        /** A message that was given up waits to be returned to its sender; released, it would be delivered. */
        @Override
        public Optional<QueueItem> selected(Message message, Spool from) throws JMSException, UnsupportedItemException {
            return ItemProperties.text(message, ItemProperties.RETURN_TO).isPresent()
                    ? Optional.empty()
                    : super.selected(message, from);
        }

        @Override
        public OperatorRequest request() {
            return new OperatorRequest(hold.by(), hold.reason());
        }

        @Override
        Placement to(QueueItem item, String from) {
            return new Placement(QueueNames.HOLD, item.held(hold));
        }

        @Override
        void report(QueueItem item, String from) {
            events.heldByOperator(item, from, hold);
        }

        @Override
        public DeliveriesInHand.Decision inHand() {
            return (item, transaction) -> {
                String from = QueueNames.deliver(item.nextHop());
                transaction.add(List.of(to(item, from)));
                transaction.afterCommit(() -> report(item, from));
            };
        }
    }

    /**
     * Moves held messages to the queues of their transports, whatever held them, or to where they wait for the time that
     * their sender chose. Those that wait for that time go to their transports, and count as released now. No attempt is
     * counted.
     */
    private final class Release extends Move {
        Release(QueueFilter filter) {
            super(filter);
        }

        @Override
        public QueueVerb verb() {
            return QueueVerb.RELEASE;
        }

        /** Otherwise messages to hosts that are taken for dead would only be deferred. */
        @Override
        public void begin() {
            hosts.forgetUnreachable();
        }

        @Override
        Placement to(QueueItem item, String from) {
            return QueueState.of(from).filter(QueueState.LATER::equals).isPresent()
                    ? Outcome.releaseNow(item, clock.instant())
                    : Outcome.begin(item.released(), clock.instant());
        }

        @Override
        void report(QueueItem item, String from) {
            events.released(item);
        }
    }
}
