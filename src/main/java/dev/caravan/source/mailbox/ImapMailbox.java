package dev.caravan.source.mailbox;

import dev.caravan.mail.Printable;
import jakarta.mail.Flags;
import jakarta.mail.Folder;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.angus.mail.iap.ByteArray;
import org.eclipse.angus.mail.iap.ProtocolException;
import org.eclipse.angus.mail.iap.Response;
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.imap.protocol.BODY;
import org.eclipse.angus.mail.imap.protocol.FLAGS;
import org.eclipse.angus.mail.imap.protocol.FetchResponse;
import org.eclipse.angus.mail.imap.protocol.IMAPProtocol;
import org.eclipse.angus.mail.imap.protocol.IMAPResponse;
import org.eclipse.angus.mail.imap.protocol.RFC822SIZE;
import org.eclipse.angus.mail.imap.protocol.UID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An IMAP folder (RFC 3501). Reads messages in parts of a limited size and checks each response, because Jakarta Mail
 * takes a refused or missing part for the end of a message.
 */
final class ImapMailbox implements OpenMailbox {
    private static final Logger LOG = LoggerFactory.getLogger(ImapMailbox.class);
    private static final int PART = 64 * 1024;
    /** The number of messages that one command lists; their sequence numbers fit into a line of 8,000 octets. */
    private static final int LISTED = 500;

    private static final int MAX_WORDS = 200;

    private final IMAPFolder folder;
    private final boolean keep;
    private final Reading reading;
    private final List<Long> deleted = new ArrayList<>();

    /**
     * @param folder open for writing.
     * @param keep whether to mark taken messages as seen; otherwise they are deleted.
     */
    ImapMailbox(IMAPFolder folder, boolean keep, Reading reading) {
        this.folder = folder;
        this.keep = keep;
        this.reading = reading;
    }

    private interface Command<T> {
        T run(IMAPProtocol protocol) throws ProtocolException;
    }

    /** The responses to a command: untagged ones, and the tagged one with its status. */
    private record Answer(Response[] lines) {
        Response last() {
            return lines[lines.length - 1];
        }

        boolean isOk() {
            return last().isOK();
        }

        /** The text of a NO or BAD response. */
        String refusal() {
            return Printable.line(last().toString().replaceFirst("^\\S+ ", ""), MAX_WORDS);
        }

        List<FetchResponse> fetched() {
            List<FetchResponse> all = new ArrayList<>();
            for (Response line : lines) {
                if (line instanceof FetchResponse fetched) {
                    all.add(fetched);
                }
            }
            return all;
        }
    }

    @SuppressWarnings("unchecked")
    private <T> T inFolder(Command<T> command) throws MessagingException {
        return (T) folder.doCommand(command::run);
    }

    /** Sends a command. Throws if the connection is lost, but not if the server refuses. */
    private Answer ask(String command) throws MessagingException {
        return inFolder(protocol -> {
            Response[] lines = protocol.command(command, null);
            protocol.notifyResponseHandlers(lines);
            Response last = lines[lines.length - 1];
            if (!last.isOK() && !last.isNO() && !last.isBAD()) {
                // BYE, which Jakarta Mail also reports for a broken connection.
                protocol.handleResult(last);
            }
            return new Answer(lines);
        });
    }

    @Override
    public boolean list(Visitor visitor) throws MessagingException {
        String prefix = folder.getFullName() + "\n" + folder.getUIDValidity() + "\n";
        for (String set : sets()) {
            Answer answer = ask("FETCH " + set + " (UID FLAGS)");
            if (!answer.isOk()) {
                throw new MessagingException("the list of messages is refused: " + answer.refusal());
            }
            for (FetchResponse fetched : answer.fetched()) {
                UID uid = fetched.getItem(UID.class);
                FLAGS flags = fetched.getItem(FLAGS.class);
                boolean isSeen = flags != null && flags.contains(Flags.Flag.SEEN);
                boolean isDeleted = flags != null && flags.contains(Flags.Flag.DELETED);
                if (uid != null
                        && !(keep && isSeen)
                        && !visitor.next(new Entry(prefix + uid.uid, uid.uid, isDeleted))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The sequence numbers of all candidate messages, as sets for FETCH. */
    private List<String> sets() throws MessagingException {
        int count = folder.getMessageCount();
        List<String> sets = new ArrayList<>();
        if (!keep) {
            for (int first = 1; first <= count; first += LISTED) {
                int last = first + LISTED - 1;
                sets.add(first + ":" + (last < count ? String.valueOf(last) : "*"));
            }
            return sets;
        }
        List<Integer> unseen = count == 0 ? List.of() : unseen();
        for (int first = 0; first < unseen.size(); first += LISTED) {
            sets.add(unseen.subList(first, Math.min(unseen.size(), first + LISTED)).stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(",")));
        }
        return sets;
    }

    private List<Integer> unseen() throws MessagingException {
        Answer answer = ask("SEARCH UNSEEN");
        if (!answer.isOk()) {
            throw new MessagingException("the search for unseen messages is refused: " + answer.refusal());
        }
        List<Integer> numbers = new ArrayList<>();
        for (Response line : answer.lines()) {
            if (line instanceof IMAPResponse search && search.keyEquals("SEARCH")) {
                for (int number = search.readNumber(); number != -1; number = search.readNumber()) {
                    numbers.add(number);
                }
            }
        }
        return numbers;
    }

    @Override
    public void read(Entry entry, OutputStream out) throws UnreadableMessageException, MessagingException, IOException {
        long announced = -1;
        long position = 0;
        boolean more = true;
        while (more) {
            Answer answer = ask("UID FETCH " + entry.handle() + " (UID " + (position == 0 ? "RFC822.SIZE " : "")
                    + "BODY.PEEK[]<" + position + "." + PART + ">)");
            if (!answer.isOk()) {
                throw UnreadableMessageException.incomplete(
                        "the server refuses octets from " + position + of(announced) + ": " + answer.refusal());
            }
            List<FetchResponse> ofMessage = ofMessage(answer, entry.handle());
            if (position == 0) {
                announced = announced(ofMessage);
                requireWithin(announced);
            }
            byte[] part = part(ofMessage, position).orElseThrow(missing(position, announced));
            out.write(part);
            position += part.length;
            requireWithin(position);
            // A part that is shorter than requested ends the message; a longer one is the whole message.
            more = part.length == PART;
        }
        if (position == 0 || (reading.isSizeExact() && position < announced)) {
            throw missing(position, announced).get();
        }
    }

    private static Supplier<UnreadableMessageException> missing(long position, long announced) {
        return () -> UnreadableMessageException.incomplete(
                "the server sends " + position + of(announced) + " octets (expected: all)");
    }

    private static String of(long announced) {
        return announced < 0 ? "" : " of " + announced;
    }

    private void requireWithin(long octets) throws UnreadableMessageException {
        if (octets > reading.octets()) {
            throw UnreadableMessageException.tooLarge(octets, reading.octets());
        }
    }

    /**
     * The responses about one message; a server may use several for it, and send others about other messages in
     * between.
     */
    private static List<FetchResponse> ofMessage(Answer answer, long uid) {
        List<FetchResponse> all = answer.fetched();
        List<Integer> numbers = all.stream()
                .filter(fetched -> {
                    UID item = fetched.getItem(UID.class);
                    return item != null && item.uid == uid;
                })
                .map(FetchResponse::getNumber)
                .toList();
        return all.stream()
                .filter(fetched -> numbers.contains(fetched.getNumber()))
                .toList();
    }

    private static long announced(List<FetchResponse> ofMessage) throws UnreadableMessageException {
        for (FetchResponse fetched : ofMessage) {
            RFC822SIZE size = fetched.getItem(RFC822SIZE.class);
            if (size != null) {
                return size.size;
            }
        }
        throw UnreadableMessageException.incomplete("the server sends neither the message nor its size");
    }

    private static Optional<byte[]> part(List<FetchResponse> ofMessage, long position) {
        for (FetchResponse fetched : ofMessage) {
            BODY body = fetched.getItem(BODY.class);
            ByteArray octets = body == null || !body.getSection().isEmpty() ? null : body.getByteArray();
            // A response without an origin comes from a server without partial fetch, and is the whole message.
            if (octets != null && (body.getOrigin() == position || (position == 0 && body.getOrigin() <= 0))) {
                return Optional.of(octets.getNewBytes());
            }
        }
        return Optional.empty();
    }

    @Override
    public void remove(Entry entry) throws UnreadableMessageException, MessagingException {
        if (!entry.isDeleted()) {
            Answer answer = mark(List.of(entry.handle()));
            if (!answer.isOk()) {
                throw UnreadableMessageException.incomplete("the server refuses to mark it: " + answer.refusal());
            }
        }
        if (!keep) {
            deleted.add(entry.handle());
        }
    }

    @Override
    public void removeAll(List<Entry> entries, Refusals refusals) throws MessagingException {
        for (int first = 0; first < entries.size(); first += LISTED) {
            List<Entry> some = entries.subList(first, Math.min(entries.size(), first + LISTED));
            List<Long> unmarked = some.stream()
                    .filter(entry -> !entry.isDeleted())
                    .map(Entry::handle)
                    .toList();
            if (!unmarked.isEmpty() && !mark(unmarked).isOk()) {
                // The server says of which message it refuses that only if it is asked for each.
                OpenMailbox.super.removeAll(some, refusals);
            } else if (!keep) {
                some.forEach(entry -> deleted.add(entry.handle()));
            }
        }
    }

    private Answer mark(List<Long> uids) throws MessagingException {
        String set = uids.stream().map(String::valueOf).collect(Collectors.joining(","));
        return ask("UID STORE " + set + " +FLAGS.SILENT (" + (keep ? "\\Seen" : "\\Deleted") + ")");
    }

    @Override
    public void close() throws MessagingException {
        try {
            if (!deleted.isEmpty()) {
                expunge();
            }
        } finally {
            end(folder);
        }
    }

    /** Expunges the taken messages; only these if the server supports UIDPLUS (RFC 4315 §2.1). */
    private void expunge() throws MessagingException {
        boolean byUid = inFolder(protocol -> protocol.hasCapability("UIDPLUS"));
        String set = deleted.stream().map(String::valueOf).collect(Collectors.joining(","));
        Answer answer = ask(byUid ? "UID EXPUNGE " + set : "EXPUNGE");
        if (!answer.isOk()) {
            throw new MessagingException("the server refuses to remove what is marked as deleted: " + answer.refusal());
        }
    }

    @Override
    public void abort() {
        try {
            if (folder.isOpen()) {
                folder.forceClose();
            }
            folder.getStore().close();
        } catch (MessagingException e) {
            LOG.debug("ending a connection: {}", e.toString());
        }
    }

    private static void end(Folder folder) throws MessagingException {
        try {
            if (folder.isOpen()) {
                folder.close(false);
            }
        } finally {
            folder.getStore().close();
        }
    }
}
