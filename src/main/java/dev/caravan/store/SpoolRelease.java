package dev.caravan.store;

import dev.caravan.mail.Content;
import dev.caravan.queue.Spool;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes spool files that no item names any more; one that cannot be removed is left to the spool sweeper. */
public final class SpoolRelease {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolRelease.class);

    private SpoolRelease() {}

    public static void release(Spool spool, Content content) {
        try {
            spool.release(content);
        } catch (IOException e) {
            LOG.warn("a spool file could not be removed, the sweep will try again: {}", e.toString());
        }
    }
}
