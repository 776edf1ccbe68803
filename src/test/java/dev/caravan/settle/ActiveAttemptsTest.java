package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.mail.MailId;
import dev.caravan.queue.ItemId;
import dev.caravan.testkit.MovingClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ActiveAttemptsTest {
    private static final ItemId ITEM = new ItemId(new MailId("Q7F3A1"), "1");
    private static final ItemId OTHER = new ItemId(new MailId("Q7F3A1"), "2");

    private final MovingClock clock = MovingClock.now();
    private final ActiveAttempts attempts = new ActiveAttempts(clock);
    private final Object first = new Object();

    @Test
    void leavesASecondMessageUntilTheEndOfTheFirst() {
        attempts.begin(ITEM, "ID:1", first);
        Object second = new Object();
        assertThrows(LeaveInQueueException.class, () -> attempts.begin(ITEM, "ID:2", second));
        attempts.begin(OTHER, "ID:3", new Object());
        attempts.end(ITEM, second);
        assertThrows(
                LeaveInQueueException.class, () -> attempts.begin(ITEM, "ID:2", second), "only the holder ends it");
        attempts.end(ITEM, first);
        assertDoesNotThrow(() -> attempts.begin(ITEM, "ID:2", second));
    }

    @Test
    void beginsNothingWithACopyThatComesLate() {
        attempts.begin(ITEM, "ID:1", first);
        attempts.settled(ITEM, first);
        assertThrows(LeaveInQueueException.class, () -> attempts.begin(ITEM, "ID:1", new Object()));
        assertThrows(LeaveInQueueException.class, () -> attempts.begin(ITEM, "ID:1", new Object()));
    }

    @Test
    void beginsWithTheItemWhenItComesInAnotherMessage() {
        attempts.begin(ITEM, "ID:1", first);
        attempts.settled(ITEM, first);
        assertDoesNotThrow(() -> attempts.begin(ITEM, "ID:2", new Object()));
    }

    @Test
    void beginsWithTheSameMessageWhenSomebodyPutItBack() {
        attempts.begin(ITEM, "ID:1", first);
        attempts.settled(ITEM, first);
        clock.advance(Duration.ofMinutes(1));
        assertDoesNotThrow(() -> attempts.begin(ITEM, "ID:1", new Object()));
    }

    @Test
    void countsOnlyWhatTheHolderSettled() {
        attempts.begin(ITEM, "ID:1", first);
        attempts.settled(ITEM, new Object());
        attempts.end(ITEM, first);
        assertDoesNotThrow(() -> attempts.begin(ITEM, "ID:1", new Object()));
    }
}
