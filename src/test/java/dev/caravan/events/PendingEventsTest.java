package dev.caravan.events;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.List;
import org.junit.jupiter.api.Test;

class PendingEventsTest {
    @Test
    void aFailureToCountDoesNotMakeCommittedMailSeemUncommitted() {
        PendingEvents told = new PendingEvents(List.of(), () -> {
            throw new IllegalArgumentException("no such label");
        });

        assertDoesNotThrow(told::committed);
    }
}
