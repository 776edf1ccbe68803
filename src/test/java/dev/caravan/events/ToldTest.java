package dev.caravan.events;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.List;
import org.junit.jupiter.api.Test;

class ToldTest {
    @Test
    void aFailureToCountDoesNotMakeCommittedMailSeemUncommitted() {
        Told told = new Told(List.of(), () -> {
            throw new IllegalArgumentException("no such label");
        });

        assertDoesNotThrow(told::committed);
    }
}
