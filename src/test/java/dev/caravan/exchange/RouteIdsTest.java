package dev.caravan.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RouteIdsTest {
    @Test
    void addsAndRemovesTheReading() {
        assertEquals("policy~2", RouteIds.ofGeneration("policy", 2));
        assertEquals("policy", RouteIds.withoutGeneration("policy~12"));
    }

    @Test
    void leavesWhatAnOperatorWrote() {
        assertEquals("a~b", RouteIds.withoutGeneration("a~b"));
        assertEquals("a~", RouteIds.withoutGeneration("a~"));
        assertEquals("a~b", RouteIds.withoutGeneration("a~b~3"));
        assertEquals("policy", RouteIds.withoutGeneration("policy"));
    }
}
