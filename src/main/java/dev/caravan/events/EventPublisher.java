package dev.caravan.events;

import dev.caravan.mail.MailObject;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.queue.QueueNames;
import dev.caravan.trace.MailEvents;
import dev.caravan.trace.OutcomeMessages;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes outcomes as JMS messages, in the transaction that brings them about: to the topic {@code mail.events}, to
 * queues that the operator names, and to the queue that the submitting program names. Thread-safe.
 */
public final class EventPublisher implements MailEvents {
    private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

    private final boolean toTopic;
    private final List<String> queues;

    /**
     * @param toTopic whether all events go to the topic {@code mail.events}.
     * @param queues to which all events go as well.
     */
    public EventPublisher(boolean toTopic, List<String> queues) {
        this.toTopic = toTopic;
        this.queues = List.copyOf(queues);
    }

    @Override
    public void committing(List<OutcomeEvent> outcomes, OutcomeMessages messages) {
        for (OutcomeEvent outcome : outcomes) {
            if (toTopic) {
                messages.toTopic(outcome);
            }
            MailObject mail = outcome.about().item().mail();
            if (!queues.isEmpty() || mail.arrival().outcomesTo().isPresent()) {
                readers(mail).forEach(queue -> messages.toQueue(outcome, queue));
            }
        }
    }

    private Set<String> readers(MailObject mail) {
        Set<String> readers = new LinkedHashSet<>(queues);
        Optional<String> own = mail.arrival().outcomesTo();
        if (own.isPresent()) {
            if (QueueNames.mayTakeEvents(own.get())) {
                readers.add(own.get());
            } else {
                LOG.warn(
                        "{}: its events are not sent to {}, since no queue of that name may get events",
                        mail.id(),
                        own.get());
            }
        }
        return readers;
    }
}
