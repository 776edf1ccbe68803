package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.mail.MailId;
import dev.caravan.queue.ItemId;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class ActiveAttemptsTest {
    private static final ItemId ITEM = new ItemId(new MailId("Q7F3A1"), "1");
    private static final ItemId OTHER = new ItemId(new MailId("Q7F3A1"), "2");

    private final MovingClock clock = MovingClock.now();
    private final ActiveAttempts attempts = new ActiveAttempts(clock);
    private final Object first = new Object();

    /** A second connection that got the item while the first has it in hand. */
    private FutureTask<Object> waiting(String messageId) {
        FutureTask<Object> task = new FutureTask<>(() -> attempts.begin(ITEM, messageId, new Object()), "begun");
        Thread thread = new Thread(task, "second");
        thread.start();
        Await.until("the second waits", () -> thread.getState() == Thread.State.TIMED_WAITING);
        return task;
    }

    @Test
    void letsASecondAttemptWaitForTheEndOfTheFirst() throws Exception {
        attempts.begin(ITEM, "ID:1", first);
        FutureTask<Object> second = waiting("ID:1");
        attempts.begin(OTHER, "ID:2", new Object());
        attempts.end(ITEM, new Object());
        assertFalse(second.isDone(), "only the holder ends it");
        attempts.end(ITEM, first);
        assertEquals("begun", second.get());
    }

    @Test
    void beginsNothingWithACopyOfWhatWasSettledWhileItWaited() {
        attempts.begin(ITEM, "ID:1", first);
        FutureTask<Object> second = waiting("ID:1");
        attempts.settled(ITEM, first);
        ExecutionException refused = assertThrows(ExecutionException.class, second::get);
        assertInstanceOf(LeaveInQueueException.class, refused.getCause());
        assertTrue(refused.getMessage().contains(ITEM + " was settled by another attempt meanwhile"));
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
