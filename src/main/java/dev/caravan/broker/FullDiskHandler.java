package dev.caravan.broker;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.util.DefaultIOExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the broker running while its disk is full. The library does so for the write that failed for lack of space.
 * Writes of other threads at that moment fail because the journal writer has stopped, for which the library would stop
 * the broker; and if no thread waited for the first write, only these failures are reported. Other disk errors still
 * stop the broker.
 */
class FullDiskHandler extends DefaultIOExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(FullDiskHandler.class);
    // The library throws plain IOExceptions for all of these, so their texts are all there is to tell them apart.
    // FullDiskHandlerTest looks for the texts in the library's classes, and fails when a new version words them
    // otherwise.
    private static final String NO_SPACE = "space";
    /** Messages of the exceptions of writes that fail because the writer has stopped or is stopping. */
    private static final List<String> WRITER_ENDED = List.of("Async Writer Thread Shutdown", "Stream Closed");

    /**
     * After a "no space" error, writes that fail because the journal writer has stopped are attributed to the full disk
     * for this long.
     */
    private static final Duration AFTERMATH = Duration.ofSeconds(30);
    /** How long after the writer has stopped the "no space" error may be reported here. */
    private static final Duration LATEST_NEWS = Duration.ofSeconds(3);

    private final Object news = new Object();
    private long fullAt = System.nanoTime() - AFTERMATH.toNanos();

    @Override
    public void handle(IOException exception) {
        if (says(exception, NO_SPACE)) {
            synchronized (news) {
                fullAt = System.nanoTime();
                news.notifyAll();
            }
        } else if (WRITER_ENDED.stream().anyMatch(words -> says(exception, words)) && wasFull()) {
            LOG.warn("the disk of the store is full");
            allowIOResumption();
            return;
        }
        super.handle(exception);
    }

    /**
     * Whether the writer stopped because the disk was full. If the disk has room now, waits a little for the "no space"
     * error.
     */
    private boolean wasFull() {
        if (isFull()) {
            return true;
        }
        long latest = System.nanoTime() + LATEST_NEWS.toNanos();
        synchronized (news) {
            while (System.nanoTime() - fullAt >= AFTERMATH.toNanos() && System.nanoTime() < latest) {
                try {
                    TimeUnit.MILLISECONDS.timedWait(news, LATEST_NEWS.toMillis());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return System.nanoTime() - fullAt < AFTERMATH.toNanos();
        }
    }

    private boolean isFull() {
        try {
            return broker.getPersistenceAdapter() instanceof KahaDBPersistenceAdapter store
                    && freeOctets(store.getDirectory()) < store.getJournalMaxFileLength();
        } catch (IOException e) {
            LOG.debug("the store cannot be asked for: {}", e.toString());
            return false;
        }
    }

    /** The free octets on the disk of a folder. */
    long freeOctets(File folder) {
        return folder.getUsableSpace();
    }

    private static boolean says(Throwable thrown, String words) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains(words)) {
                return true;
            }
        }
        return false;
    }
}
