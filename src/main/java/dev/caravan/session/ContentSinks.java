package dev.caravan.session;

import dev.caravan.mail.MailId;

/** Opens a {@link ContentSink} for each message. */
@FunctionalInterface
public interface ContentSinks {
    /**
     * Opens a sink without blocking.
     *
     * @param id of the message.
     * @param whenWritable the sink runs it, on any thread, when it accepts octets again after
     *     {@link ContentSink#append} has returned false.
     * @throws InsufficientStorageException if there is no room for any message.
     */
    ContentSink open(MailId id, Runnable whenWritable);
}
