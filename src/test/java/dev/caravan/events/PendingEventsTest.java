package dev.caravan.events;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.trace.MailEvents;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingEventsTest {
    @Test
    void writesAnEventOnceForAllItsReaders() {
        QueueItem item = ItemExamples.plain();
        List<OutcomeEvent> outcomes =
                OutcomeEvents.stored(List.of(new Placement("mail.deliver.smtp", item)), ItemExamples.ARRIVED);
        MailEvents publisher = new EventPublisher(true, List.of("mail.events.one", "mail.events.two"));
        List<EventMessage> messages =
                PendingEvents.prepare(publisher, outcomes, () -> {}).messages();
        assertEquals(3 * outcomes.size(), messages.size());
        for (int i = 0; i < messages.size(); i++) {
            assertSame(messages.get(i - i % 3).json(), messages.get(i).json());
        }
    }

    @Test
    void aFailureToCountDoesNotMakeCommittedMailSeemUncommitted() {
        PendingEvents told = new PendingEvents(List.of(), () -> {
            throw new IllegalArgumentException("no such label");
        });

        assertDoesNotThrow(told::committed);
    }
}
