package dev.caravan.source.mailbox;

import dev.caravan.lifecycle.FolderLock;
import dev.caravan.mail.Printable;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Allows polls of a mailbox only while there is room for mail, and only on the one server that holds the lock in a
 * shared folder. Logs a failed poll in one line.
 */
public final class MailboxPollStrategy extends DefaultPollingConsumerPollStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(MailboxPollStrategy.class);
    private static final int MAX_WORDS = 400;

    private final BooleanSupplier isFull;
    private final FolderLock server;

    public MailboxPollStrategy(BooleanSupplier isFull, FolderLock lock) {
        this.isFull = isFull;
        this.server = lock;
    }

    @Override
    public boolean begin(Consumer consumer, Endpoint endpoint) {
        return isFree(endpoint.getEndpointBaseUri());
    }

    /** Whether this server may poll the mailbox now. */
    boolean isFree(String mailbox) {
        try {
            return !isFull.getAsBoolean() && server.isOurs();
        } catch (IOException e) {
            LOG.warn("{} is not asked for mail: {}", mailbox, e.toString());
            return false;
        }
    }

    @Override
    public boolean rollback(Consumer consumer, Endpoint endpoint, int retryCounter, Exception cause) {
        LOG.warn(
                "{} cannot be asked for mail now: {}",
                endpoint.getEndpointBaseUri(),
                Printable.line(cause.toString(), MAX_WORDS));
        return false;
    }
}
