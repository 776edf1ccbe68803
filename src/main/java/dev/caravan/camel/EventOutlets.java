package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know what becomes of mail: the topic, queues that the operator names, and the queue that the program
 * named which sent the mail. Where nobody wants to know, no event is made.
 */
final class EventOutlets {
    private static final Logger LOG = LoggerFactory.getLogger(EventOutlets.class);

    private final boolean toTopic;
    private final List<String> queues;

    /**
     * @param toTopic whether all events go to the topic {@code mail.events}.
     * @param queues to which all events go as well.
     */
    EventOutlets(boolean toTopic, List<String> queues) {
        this.toTopic = toTopic;
        this.queues = List.copyOf(queues);
    }

    /** The messages for the events of one item, in their order. */
    List<OutgoingEvent> tell(QueueItem item, Supplier<List<OutcomeEvent>> events) {
        return tell(List.of(item), events);
    }

    /** The messages for the events of some items, in their order. */
    List<OutgoingEvent> tell(Collection<QueueItem> items, Supplier<List<OutcomeEvent>> events) {
        boolean hasReader = toTopic
                || !queues.isEmpty()
                || items.stream()
                        .anyMatch(item -> item.mail().arrival().outcomesTo().isPresent());
        if (!hasReader) {
            return List.of();
        }
        List<OutgoingEvent> messages = new ArrayList<>();
        for (OutcomeEvent event : events.get()) {
            if (toTopic) {
                messages.add(OutgoingEvent.toTopic(event));
            }
            for (String queue : readers(event.about().item().mail())) {
                messages.add(OutgoingEvent.toQueue(event, queue));
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
