package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeliveryTimeoutsTest {
    private static final Duration SHORT = Duration.ofSeconds(7);

    @Test
    void areTheDefaultsWhenTheSettingsAre() {
        assertEquals(
                DeliveryTimeouts.DEFAULT,
                DeliveryTimeouts.of(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofMinutes(10)));
    }

    @Test
    void shortensTheWaitForEveryReplyButTheLast() {
        DeliveryTimeouts times = DeliveryTimeouts.of(Duration.ofSeconds(1), SHORT, Duration.ofSeconds(9));
        assertEquals(
                new DeliveryTimeouts(
                        Duration.ofSeconds(1),
                        SHORT,
                        SHORT,
                        SHORT,
                        SHORT,
                        SHORT,
                        Duration.ofSeconds(9),
                        DeliveryTimeouts.DEFAULT.conversation()),
                times);
    }

    @Test
    void keepsTheShorterDefaultsWhenRepliesMayTakeLonger() {
        DeliveryTimeouts times = DeliveryTimeouts.of(SHORT, Duration.ofHours(1), SHORT);
        assertEquals(DeliveryTimeouts.DEFAULT.data(), times.data());
        assertEquals(DeliveryTimeouts.DEFAULT.block(), times.block());
        assertEquals(Duration.ofHours(1), times.rcpt());
    }

    @Test
    void refusesATimeOfNothing() {
        assertThrows(IllegalArgumentException.class, () -> DeliveryTimeouts.of(Duration.ZERO, SHORT, SHORT));
    }
}
