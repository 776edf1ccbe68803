package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SuppressReplyException;
import org.junit.jupiter.api.Test;

/** A full disk never stops the broker, whichever of its writes hears of it first; a broken one does. */
class FullDiskHandlerTest {
    private static final IOException NO_ROOM = new IOException("No space left on device");
    private static final IOException WRITER_ENDED = new IOException("Async Writer Thread Shutdown");

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger resumed = new AtomicInteger();
    private final FullDiskHandler handler = new FullDiskHandler() {
        @Override
        protected void allowIOResumption() {
            resumed.incrementAndGet();
        }
    };

    FullDiskHandlerTest() {
        handler.setBrokerService(new BrokerService() {
            @Override
            public boolean isStarted() {
                return true;
            }

            @Override
            public void stop() {
                stopped.countDown();
            }
        });
    }

    @Test
    void goesOnAfterTheWriteThatFoundNoRoom() {
        handler.handle(NO_ROOM);
        handler.handle(WRITER_ENDED);
        assertEquals(2, resumed.get());
        assertEquals(1, stopped.getCount());
    }

    @Test
    void goesOnWhenAnotherWriteIsFirst() throws Exception {
        Thread other = Threads.start("other-write", () -> handler.handle(WRITER_ENDED));
        Await.until("it waits for news", () -> other.getState() == Thread.State.TIMED_WAITING);
        handler.handle(NO_ROOM);
        other.join();
        assertEquals(2, resumed.get());
        assertEquals(1, stopped.getCount());
    }

    @Test
    void stopsTheBrokerForAnyOtherTrouble() throws Exception {
        assertThrows(SuppressReplyException.class, () -> handler.handle(new IOException("Input/output error")));
        assertDoesNotThrow(() -> stopped.await(60, TimeUnit.SECONDS));
        assertEquals(0, resumed.get());
    }
}
