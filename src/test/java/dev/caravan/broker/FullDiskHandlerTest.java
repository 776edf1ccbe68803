package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.lifecycle.Threads;
import dev.caravan.testkit.Await;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SuppressReplyException;
import org.apache.activemq.store.PersistenceAdapter;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.disk.journal.Journal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk never stops the broker, whichever of its writes hears of it first; a broken one does. */
@Tag("server")
class FullDiskHandlerTest {
    @TempDir
    Path folder;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger resumed = new AtomicInteger();
    private volatile long free = Long.MAX_VALUE;
    private final FullDiskHandler handler = new FullDiskHandler() {
        @Override
        long freeOctets(File folder) {
            return free;
        }

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
            public synchronized PersistenceAdapter getPersistenceAdapter() {
                return new KahaDBPersistenceAdapter();
            }

            @Override
            public void stop() {
                stopped.countDown();
            }
        });
    }

    private static IOException noRoom() {
        return new IOException("No space left on device");
    }

    private static IOException writerEnded() {
        return new IOException("Async Writer Thread Shutdown");
    }

    @Test
    void goesOnAfterTheWriteThatFoundNoRoom() {
        handler.handle(noRoom());
        handler.handle(writerEnded());
        assertEquals(2, resumed.get());
        assertEquals(1, stopped.getCount());
    }

    @Test
    void goesOnWhenAnotherWriteIsFirst() throws Exception {
        Thread other = Threads.start("other-write", () -> handler.handle(writerEnded()));
        Await.until("it waits for news", () -> other.getState() == Thread.State.TIMED_WAITING);
        handler.handle(noRoom());
        other.join();
        assertEquals(2, resumed.get());
        assertEquals(1, stopped.getCount());
    }

    @Test
    void goesOnWhenNobodyWaitedForTheWriteThatFoundNoRoom() {
        free = 4096;
        handler.handle(writerEnded());
        handler.handle(new IOException("Stream Closed"));
        assertEquals(2, resumed.get());
        assertEquals(1, stopped.getCount());
    }

    @Test
    void stopsTheBrokerWhenItsWriterEndedWithRoomOnTheDisk() throws Exception {
        assertThrows(SuppressReplyException.class, () -> handler.handle(writerEnded()));
        assertDoesNotThrow(() -> stopped.await(60, TimeUnit.SECONDS));
        assertEquals(0, resumed.get());
    }

    /** The handler knows these failures by their texts only: an ActiveMQ with other texts must not go unnoticed. */
    @Test
    void theJournalStillFailsInTheseWords() throws Exception {
        assertTrue(textsOf("DataFileAppender").contains("Async Writer Thread Shutdown"));
        RandomAccessFile closed =
                new RandomAccessFile(folder.resolve("db-1.log").toFile(), "rw");
        closed.close();
        assertEquals(
                "Stream Closed",
                assertThrows(IOException.class, () -> closed.write(1)).getMessage());
    }

    /** The constants of a class of the journal. */
    private static String textsOf(String name) throws IOException {
        try (InputStream in = Journal.class.getResourceAsStream(name + ".class")) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void stopsTheBrokerForAnyOtherTrouble() throws Exception {
        assertThrows(SuppressReplyException.class, () -> handler.handle(new IOException("Input/output error")));
        assertDoesNotThrow(() -> stopped.await(60, TimeUnit.SECONDS));
        assertEquals(0, resumed.get());
    }
}
