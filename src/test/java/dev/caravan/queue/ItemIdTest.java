package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class ItemIdTest {
    @Test
    void namesThePartAfterTheAttempt() {
        assertEquals("2-17", new ItemId(ItemExamples.ID, "2").afterAttempt(17).part());
    }

    @Test
    void staysWithinItsLengthHoweverOftenPartsPart() {
        ItemId id = new ItemId(ItemExamples.ID, "12");
        for (int i = 0; i < 50; i++) {
            ItemId next = id.afterAttempt(480);
            assertNotEquals(id, next);
            assertEquals(next, id.afterAttempt(480));
            id = next;
        }
    }
}
