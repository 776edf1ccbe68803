package dev.caravan.events;

import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.trace.MailEvents;
import dev.caravan.trace.OutcomeMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outcomes of a transaction: the JMS messages to send in it, and what to report once it has committed.
 *
 * @param messages in their order.
 * @param whenCommitted reports the outcomes to {@link MailEvents}.
 */
public record PendingEvents(List<EventMessage> messages, Runnable whenCommitted) {
    private static final Logger LOG = LoggerFactory.getLogger(PendingEvents.class);

    public PendingEvents {
        messages = List.copyOf(messages);
    }

    /**
     * Asks the listeners of mail events for the messages.
     *
     * @param outcomes what the transaction brings about.
     * @param whenCommitted calls the method of {@code events} that names the outcomes.
     */
    public static PendingEvents prepare(MailEvents events, List<OutcomeEvent> outcomes, Runnable whenCommitted) {
        Messages messages = new Messages();
        events.committing(outcomes, messages);
        return new PendingEvents(messages.all, whenCommitted);
    }

    /** A report without JMS messages, made once the transaction has committed. */
    public static PendingEvents afterCommit(Runnable whenCommitted) {
        return new PendingEvents(List.of(), whenCommitted);
    }

    /** Reports the outcomes. A failure is only logged: a committed transaction must not look like a failed one. */
    public void committed() {
        try {
            whenCommitted.run();
        } catch (RuntimeException e) {
            LOG.error("committed outcomes could not be reported", e);
        }
    }

    /** An event that goes to several readers is written once. */
    private static final class Messages implements OutcomeMessages {
        private final List<EventMessage> all = new ArrayList<>();

        @Override
        public void toTopic(OutcomeEvent outcome) {
            add(outcome, Optional.empty());
        }

        @Override
        public void toQueue(OutcomeEvent outcome, String queue) {
            add(outcome, Optional.of(queue));
        }

        private void add(OutcomeEvent outcome, Optional<String> queue) {
            // All readers of an event are named one after the other.
            Optional<EventMessage> last = all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
            String json = last.filter(message -> message.event().equals(outcome))
                    .map(EventMessage::json)
                    .orElseGet(() -> EventJson.of(outcome));
            all.add(new EventMessage(outcome, queue, json));
        }
    }
}
