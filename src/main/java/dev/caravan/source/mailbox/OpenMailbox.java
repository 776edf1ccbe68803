package dev.caravan.source.mailbox;

import jakarta.mail.MessagingException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/** A folder of a mailbox server, over a connection of its own. For one thread. */
public interface OpenMailbox {
    /**
     * A message of the folder.
     *
     * @param name what the server calls it, the same in every connection, and never that of another message.
     * @param handle for the server, within this connection.
     * @param isDeleted whether it is marked as deleted and only waits to be removed.
     */
    record Entry(String name, long handle, boolean isDeleted) {}

    /** Looks at entries one by one. */
    interface Visitor {
        /** Looks at the next entry; false if that is enough. */
        boolean next(Entry entry);
    }

    /**
     * How messages are read.
     *
     * @param maxOctets of a message; larger ones are not taken.
     * @param isSizeExact whether a message with fewer octets than the server announced is incomplete; otherwise only the
     *     end of the transfer says that.
     */
    record Reading(LongSupplier maxOctets, boolean isSizeExact) {
        long octets() {
            return maxOctets.getAsLong();
        }
    }

    /**
     * Shows the messages that may be taken, the oldest first, without reading them.
     *
     * @return whether all were shown.
     * @throws MessagingException if the connection is lost or the server refuses to list.
     */
    boolean list(Visitor visitor) throws MessagingException;

    /**
     * Writes a message as the server has it. What was written before an exception is not a message.
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

    /**
     * Carries out the removals and ends the connection.
     *
     * @throws MessagingException if the server may not have removed what it should.
     */
    void close() throws MessagingException;

    /** Ends the connection at once, without removals. */
    void abort();
}
