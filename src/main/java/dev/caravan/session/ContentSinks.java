package dev.caravan.session;

import dev.caravan.mail.MailId;

/** Makes a {@link ContentSink} for each mail. */
@FunctionalInterface
public interface ContentSinks {
    /**
     * Opens a sink without blocking.
     *
     * @param id of the mail.
     * @param whenWritable to be run, on any thread, when the sink takes octets again after it said no.
     * @throws InsufficientStorageException if there is no room for any mail.
     */
    ContentSink open(MailId id, Runnable whenWritable);
}
