package dev.caravan.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;

/** What must not be left of hostile clients in a server: sessions, files, memory, threads, and noise in the log. */
final class Aftermath implements AutoCloseable {
    /** What a heap may differ by although nothing is kept: caches of Netty, Camel and the broker. */
    private static final long HEAP_SLACK = 48L * 1024 * 1024;

    private static final int THREAD_SLACK = 40;

    private final TestServer node;
    private final LoggedLines log = new LoggedLines();
    private final long heapBefore = heap();
    private final int threadsBefore = threads();

    /** @param node runs, and has served some mail already. */
    Aftermath(TestServer node) {
        this.node = node;
    }

    @Override
    public void close() {
        log.close();
    }

    void awaitSilence() {
        Await.until("all sessions are over", () -> node.node().sessions() == 0);
    }

    /** @param mails how many are in the queue, and no more. */
    void check(long mails) throws IOException {
        awaitSilence();
        assertEquals(mails, node.depth("mail.deliver.local"), "mails that nobody sent whole");
        assertEquals(List.of(), node.spool());
        assertEquals(List.of(), log.ofFaults());
        for (String words : log.all()) {
            assertTrue(words.matches("[\\t -~]*"), "unprintable: " + words);
        }
        log.clear();
        long heap = heap();
        assertTrue(heap <= heapBefore + HEAP_SLACK, "heap of " + heap + " octets, " + heapBefore + " before");
        assertTrue(threads() <= threadsBefore + THREAD_SLACK, threads() + " threads, " + threadsBefore + " before");
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }
}
