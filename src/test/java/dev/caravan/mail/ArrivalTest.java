package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArrivalTest {
    @Test
    void keepsNothingThatCouldEndALine() {
        Arrival arrival = new Arrival(Instant.EPOCH, "ESMTP\r", "client\nX-Field: 1\u00fc", Optional.empty());
        assertEquals("ESMTP?", arrival.protocol());
        assertEquals("client?X-Field: 1?", arrival.helo());
    }

    @Test
    void keepsNoMoreThanACommandLineHolds() {
        Arrival arrival = new Arrival(Instant.EPOCH, "x".repeat(600), "y".repeat(600), Optional.empty());
        assertEquals(512, arrival.protocol().length());
        assertEquals(512, arrival.helo().length());
    }
}
