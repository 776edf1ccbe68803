package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UnsupportedItemsTest {
    private static final String QUEUE = "mail.deliver.smtp";

    private Duration now = Duration.ZERO;
    private final UnsupportedItems items = new UnsupportedItems(() -> now.toNanos(), 3);

    @Test
    void pausesWhatComesToTheHeadAgain() {
        assertFalse(items.isKnown(QUEUE));
        assertEquals(Duration.ZERO, pause(1));
        putBack(1);
        assertTrue(items.isKnown(QUEUE));
        assertEquals(Duration.ofSeconds(1), pause(1));
        now = now.plusMillis(400);
        assertEquals(Duration.ofMillis(600), pause(1));
        now = now.plusMillis(600);
        assertEquals(Duration.ZERO, pause(1));
        putBack(1);
        assertEquals(Duration.ofSeconds(1), pause(1));
    }

    @Test
    void pausesNothingElse() {
        putBack(1);
        assertEquals(Duration.ZERO, pause(2));
        assertEquals(Duration.ZERO, items.pause("mail.retry.15m", item(1)));
    }

    @Test
    void pausesLongerIfThereAreMany() {
        for (int i = 0; i < 1000; i++) {
            assertEquals(Duration.ZERO, pause(i));
            putBack(i);
        }
        assertEquals(Duration.ofSeconds(10), pause(500));
        now = now.plusSeconds(10);
        assertEquals(Duration.ZERO, pause(500));
        putBack(500);
        // A new round has begun: the others may follow at once.
        assertEquals(Duration.ZERO, pause(501));
    }

    @Test
    void pausesAtMostAMinuteHoweverManyThereAre() {
        for (int i = 0; i < 10_000; i++) {
            putBack(i);
        }
        // More are not remembered, and so not taken in this round.
        assertEquals(Duration.ofMinutes(1), pause(10_000));
        now = now.plusMinutes(1);
        assertEquals(Duration.ZERO, pause(10_000));
    }

    @Test
    void doesNotPauseWhatOtherMailHasKeptAway() {
        putBack(1);
        putBack(2);
        now = now.plus(Duration.ofMinutes(15));
        assertEquals(Duration.ZERO, pause(1));
    }

    @Test
    void knowsItemsWithoutANameByTheirOctets() {
        byte[] nameless = "Caravan-Item: 2\n\nx".getBytes(StandardCharsets.US_ASCII);
        items.putBack(QUEUE, nameless, new UnsupportedItemException("item of version 2", Optional.empty()));
        assertEquals(Duration.ofSeconds(1), items.pause(QUEUE, nameless.clone()));
    }

    private Duration pause(int number) {
        return items.pause(QUEUE, item(number));
    }

    private void putBack(int number) {
        items.putBack(
                QUEUE,
                item(number),
                new UnsupportedItemException("item of version 2", QueueItemFormat.id(item(number))));
    }

    private static byte[] item(int number) {
        return ("Caravan-Item: 2\nId: 01K7Q3ZV8GABCDEF." + number + "\n\n").getBytes(StandardCharsets.US_ASCII);
    }
}
