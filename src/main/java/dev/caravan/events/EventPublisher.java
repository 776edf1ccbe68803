package dev.caravan.events;

import dev.caravan.mail.MailObject;
import dev.caravan.metrics.MailCounts;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know what becomes of mail: the counters, the topic, queues that the operator names, and the queue that
 * the program named which sent the mail.
 */
public final class EventPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

    private final boolean toTopic;
    private final List<String> queues;
    private final MailCounts counts;

    /**
     * @param toTopic whether all events go to the topic {@code mail.events}.
     * @param queues to which all events go as well.
     */
    public EventPublisher(boolean toTopic, List<String> queues, MailCounts counts) {
        this.toTopic = toTopic;
        this.queues = List.copyOf(queues);
        this.counts = counts;
    }

    /** A mail is stored, with an item for each placement. */
    public PendingEvents stored(MailObject mail, List<Placement> placements, Instant now) {
        List<OutcomeEvent> events = OutcomeEvents.stored(placements, now);
        return new PendingEvents(messages(events), () -> counts.stored(mail, events));
    }

    /** An attempt is settled. */
    public PendingEvents settled(List<OutcomeEvent> events) {
        return new PendingEvents(messages(events), () -> counts.settled(events));
    }

    /** Something else was decided about recipients. */
    public PendingEvents tell(List<OutcomeEvent> events) {
        return new PendingEvents(messages(events), () -> counts.told(events));
    }

    private List<EventMessage> messages(List<OutcomeEvent> events) {
        List<EventMessage> messages = new ArrayList<>();
        for (OutcomeEvent event : events) {
            if (toTopic) {
                messages.add(EventMessage.toTopic(event));
            }
            MailObject mail = event.about().item().mail();
            if (!queues.isEmpty() || mail.arrival().outcomesTo().isPresent()) {
                readers(mail).forEach(queue -> messages.add(EventMessage.toQueue(event, queue)));
            }
        }
        return messages;
    }

    private Set<String> readers(MailObject mail) {
        Set<String> readers = new LinkedHashSet<>(queues);
        Optional<String> own = mail.arrival().outcomesTo();
        if (own.isPresent()) {
            if (QueueNames.mayTakeEvents(own.get())) {
                readers.add(own.get());
            } else {
                LOG.warn("{}: no events for it go to a queue of that name: {}", mail.id(), own.get());
            }
        }
        return readers;
    }
}
