package dev.caravan.source.mailbox;

import jakarta.mail.MessagingException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.LongSupplier;

/** A folder of a mailbox server, over its own connection. Not thread-safe. */
public interface OpenMailbox {
    /**
     * A message of the folder.
     *
     * @param name the server's name for it, the same in every connection and unique.
     * @param handle identifies the message within this connection.
     * @param isDeleted whether it is marked as deleted and not yet expunged.
     */
    record Entry(String name, long handle, boolean isDeleted) {}

    /** Visits entries one by one. */
    interface Visitor {
        /** Visits the next entry; false to stop. */
        boolean next(Entry entry);
    }

    /**
     * How messages are read.
     *
     * @param maxOctets the maximum octets of a message; larger ones are not taken.
     * @param isSizeExact whether a message with fewer octets than the server announced is incomplete; otherwise only
     *     the end of the transfer shows that.
     */
    record Reading(LongSupplier maxOctets, boolean isSizeExact) {
        long octets() {
            return maxOctets.getAsLong();
        }
    }

    /**
     * Visits the messages that may be taken, oldest first, without reading them.
     *
     * @return whether all were visited.
     * @throws MessagingException if the connection is lost or the server refuses to list.
     */
    boolean list(Visitor visitor) throws MessagingException;

    /**
     * Writes the octets of a message as the server sends them. Output before an exception is not a message.
     *
     * @throws UnreadableMessageException if the server does not send the whole message.
     * @throws MessagingException if the connection is lost.
     * @throws IOException if {@code out} cannot be written.
     */
    void read(Entry entry, OutputStream out) throws UnreadableMessageException, MessagingException, IOException;

    /**
     * Removes a message, or marks it as taken; certain only after {@link #close}.
     *
     * @throws UnreadableMessageException if the server refuses that.
     * @throws MessagingException if the connection is lost.
     */
    void remove(Entry entry) throws UnreadableMessageException, MessagingException;

    /** Gets the messages whose removal the server refuses. */
    interface Refusals {
        void refused(Entry entry, UnreadableMessageException reason);
    }

    /**
     * Removes messages as {@link #remove} does, with few commands if the protocol has such.
     *
     * @throws MessagingException if the connection is lost.
     */
    default void removeAll(List<Entry> entries, Refusals refusals) throws MessagingException {
        for (Entry entry : entries) {
            try {
                remove(entry);
            } catch (UnreadableMessageException e) {
                refusals.refused(entry, e);
            }
        }
    }

    /**
     * Carries out the removals and ends the connection.
     *
     * @throws MessagingException if the server may not have carried out all removals.
     */
    void close() throws MessagingException;

    /** Ends the connection at once, without removals. */
    void abort();
}
