package dev.caravan.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BoundedNamesTest {
    @Test
    void namesBeyondTheLimitCountAsOne() {
        BoundedNames names = new BoundedNames(2);
        assertEquals("a", names.label("a"));
        assertEquals("b", names.label("b"));
        assertEquals("other", names.label("c"));
        assertEquals("a", names.label("a"));
    }

    @Test
    void aNameThatIsTooLongIsNoneOfThem() {
        assertEquals("other", new BoundedNames(2).label("x".repeat(101)));
    }
}
