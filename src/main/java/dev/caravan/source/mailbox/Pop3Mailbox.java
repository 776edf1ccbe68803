package dev.caravan.source.mailbox;

import jakarta.mail.FetchProfile;
import jakarta.mail.Flags;
import jakarta.mail.Message;
import jakarta.mail.MessageRemovedException;
import jakarta.mail.MessagingException;
import jakarta.mail.UIDFolder;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.eclipse.angus.mail.pop3.POP3Folder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mailbox of a POP3 server (RFC 1939); entries have the names of UIDL. Streams each message directly from the
 * connection, because the file cache of Jakarta Mail takes a refused RETR for an empty message.
 */
final class Pop3Mailbox implements OpenMailbox {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Mailbox.class);
    /** The octets of CRLF and the final line with a dot, which some servers include in the size. */
    private static final int TERMINATOR = 5;

    private final POP3Folder folder;
    private final Reading reading;
    private Optional<int[]> sizes = Optional.empty();

    /** @param folder open for writing. */
    Pop3Mailbox(POP3Folder folder, Reading reading) {
        this.folder = folder;
        this.reading = reading;
    }

    @Override
    public boolean list(Visitor visitor) throws MessagingException {
        Message[] messages = folder.getMessages();
        FetchProfile names = new FetchProfile();
        names.add(UIDFolder.FetchProfileItem.UID);
        folder.fetch(messages, names);
        int unnamed = 0;
        for (Message message : messages) {
            String name = folder.getUID(message);
            if (name == null && unnamed++ == 0 && message.getMessageNumber() == 1) {
                throw new MessagingException("the server does not name messages (expected: UIDL)");
            }
            if (name != null && !visitor.next(new Entry(name, message.getMessageNumber(), false))) {
                return false;
            }
        }
        if (unnamed > 0) {
            LOG.warn("{} messages stay in the mailbox: UIDL has no name for them", unnamed);
        }
        return true;
    }

    @Override
    public void read(Entry entry, OutputStream out) throws UnreadableMessageException, MessagingException, IOException {
        int number = (int) entry.handle();
        long announced = announced(number);
        if (announced > reading.octets()) {
            throw UnreadableMessageException.tooLarge(announced, reading.octets());
        }
        Counting counting = new Counting(out, reading.octets());
        try {
            folder.getMessage(number).writeTo(counting);
        } catch (MessageRemovedException e) {
            throw UnreadableMessageException.incomplete("the server refuses to send it");
        } catch (IOException e) {
            counting.requireNoFailure();
            throw new MessagingException("the connection is lost after " + counting.octets + " octets", e);
        }
        counting.requireNoFailure();
        if (counting.octets > reading.octets()) {
            throw UnreadableMessageException.tooLarge(counting.octets, reading.octets());
        }
        if (counting.octets == 0 || (reading.isSizeExact() && counting.sent() < announced)) {
            throw UnreadableMessageException.incomplete(
                    "the server sends " + counting.octets + " of " + announced + " octets (expected: all)");
        }
    }

    /** The size in the scan listing (RFC 1939 §5); 0 if the server announces none. */
    private long announced(int number) throws MessagingException {
        if (sizes.isEmpty()) {
            try {
                sizes = Optional.of(folder.getSizes());
            } catch (NullPointerException e) {
                // Jakarta Mail fails to parse the list when the server refuses it.
                sizes = Optional.of(new int[0]);
            }
        }
        int[] known = sizes.get();
        return number <= known.length ? known[number - 1] : 0;
    }

    @Override
    public void remove(Entry entry) throws MessagingException {
        folder.getMessage((int) entry.handle()).setFlag(Flags.Flag.DELETED, true);
    }

    @Override
    public void close() throws MessagingException {
        try {
            if (folder.isOpen()) {
                folder.close(true);
            }
        } finally {
            folder.getStore().close();
        }
    }

    @Override
    public void abort() {
        try {
            if (folder.isOpen()) {
                folder.close(false);
            }
            folder.getStore().close();
        } catch (MessagingException e) {
            LOG.debug("ending a connection: {}", e.toString());
        }
    }

    /**
     * Counts octets and lines that begin with a dot; reports an error only on request, so that the response is read to
     * its end.
     */
    private static final class Counting extends FilterOutputStream {
        private final long limit;
        private long octets;
        private long dots;
        private int last = '\n';
        private Optional<IOException> failure = Optional.empty();

        Counting(OutputStream out, long limit) {
            super(out);
            this.limit = limit;
        }

        @Override
        public void write(int octet) {
            dots += last == '\n' && octet == '.' ? 1 : 0;
            last = octet;
            octets++;
            if (octets <= limit && failure.isEmpty()) {
                try {
                    out.write(octet);
                } catch (IOException e) {
                    failure = Optional.of(e);
                }
            }
        }

        @Override
        public void write(byte[] source, int from, int count) {
            for (int i = from; i < from + count; i++) {
                write(source[i]);
            }
        }

        void requireNoFailure() throws IOException {
            if (failure.isPresent()) {
                throw failure.get();
            }
        }

        /** The maximum octets that the server sent, with dot-stuffing and the final line. */
        long sent() {
            return octets + dots + TERMINATOR;
        }
    }
}
