package dev.caravan.delivery;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Recipient;
import dev.caravan.mime.SevenBitMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Final delivery: a file in the Maildir of each recipient's user, {@code <root>/<user>/{tmp,new,cur}}.
 *
 * <p>Lines end in LF in the file, not CRLF, as mutt, Dovecot and other readers of Maildirs expect. The server writes
 * Return-Path and Received (RFC 5321 §4.4) and Delivered-To with the address that was used before the content; a
 * Return-Path of another server is left out. Otherwise the content is not changed.
 *
 * <p>A file's name depends on the message and the mailbox alone: when an attempt is repeated after a crash, or the
 * mailbox is addressed twice, the message is found in {@code new} or {@code cur} and not delivered again. All methods
 * block.
 */
public final class MaildirDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(MaildirDelivery.class);
    private static final Pattern ITEM_ID = Pattern.compile("[0-9A-Z][0-9A-Z.-]{0,79}");
    private static final String RETURN_PATH = "Return-Path";
    private static final int HASH_OCTETS = 8;
    private static final String SYSTEM_FULL = "4.3.1";
    private static final String MAILBOX_TROUBLE = "4.2.0";
    private static final String OUR_TROUBLE = "4.3.0";

    private final Path root;
    private final Domain here;
    private final Clock clock;

    /**
     * Delivers below one folder. Thread-safe.
     *
     * @param root contains a folder for each user; created if missing.
     * @param here the name of this server in Received.
     */
    public MaildirDelivery(Path root, Domain here, Clock clock) {
        this.root = root;
        this.here = here;
        this.clock = clock;
    }

    /**
     * Delivers to each recipient; a failure of one does not affect the others.
     *
     * @param itemId digits, capital letters, dots and hyphens, 1 to 80; the same whenever the attempt is repeated.
     * @param mail for these recipients.
     * @param userOf the user who gets a recipient's mail; empty if there is none. An exception of it defers.
     * @throws IllegalArgumentException if the item id has another form.
     */
    public DeliveryReport attempt(String itemId, MailObject mail, Function<ForwardPath, Optional<String>> userOf) {
        if (!ITEM_ID.matcher(itemId).matches()) {
            throw new IllegalArgumentException("malformed item id (expected: digits, capitals, dots, hyphens)");
        }
        List<RecipientResult> results = new ArrayList<>();
        for (Recipient recipient : mail.envelope().recipients()) {
            results.add(attempt(itemId, mail, recipient.path(), userOf));
        }
        return new DeliveryReport(clock.instant(), results);
    }

    private RecipientResult attempt(
            String itemId, MailObject mail, ForwardPath recipient, Function<ForwardPath, Optional<String>> userOf) {
        try {
            Optional<String> user = userOf.apply(recipient);
            if (user.isEmpty()) {
                return new Failed(recipient, Diagnosis.ours("5.1.1", "no such user here: " + recipient));
            }
            return deliver(itemId, mail, recipient, user.get());
        } catch (RuntimeException e) {
            LOG.error("{} deferred, unexpected failure", itemId, e);
            return new Deferred(recipient, Diagnosis.ours(OUR_TROUBLE, "unexpected failure of this server"));
        }
    }

    private RecipientResult deliver(String itemId, MailObject mail, ForwardPath recipient, String user) {
        String name = fileName(mail, recipient, user);
        try (ContentStream content = inLines(mail)) {
            Maildir maildir = new Maildir(root.resolve(folderName(user)));
            maildir.create();
            if (!maildir.contains(List.of(name, earlierFileName(itemId, mail, recipient)))) {
                InputStream delivered = withoutReturnPath(mail.content(), content);
                maildir.store(name, header(mail, recipient), delivered);
            }
            Diagnosis diagnosis = Diagnosis.ours("2.0.0", "delivered to the mailbox of " + user);
            return new Delivered(recipient, diagnosis, Handling.FINAL);
        } catch (ContentStream.Unreadable e) {
            LOG.error("{} content cannot be read, mail is deferred", mail.content(), e);
            return new Deferred(recipient, Diagnosis.ours(OUR_TROUBLE, "the mail's content could not be read here"));
        } catch (IOException e) {
            LOG.warn("{} not stored in mailbox of {}", mail.id(), folderName(user), e);
            return new Deferred(recipient, Diagnosis.ours(status(e), "the mail could not be stored in the mailbox"));
        }
    }

    /** The files of a Maildir are in lines, so binary content is encoded where that is possible (RFC 3030 §3). */
    private static ContentStream inLines(MailObject mail) throws ContentStream.Unreadable {
        Content content = mail.content();
        try {
            if (mail.envelope().parameters().body() == Body.BINARY
                    && !OctetsOfContent.of(content).isInLines()) {
                SevenBitMessage encoded = SevenBitMessage.of(content::open);
                if (encoded.isInLines()) {
                    return new ContentStream(encoded.size(), encoded::open);
                }
            }
        } catch (IOException e) {
            throw new ContentStream.Unreadable(e);
        }
        return new ContentStream(content.size(), content::open);
    }

    /** Only the server that makes the final delivery writes this field (RFC 5321 §4.4). */
    private static InputStream withoutReturnPath(Content content, ContentStream in) throws IOException {
        HeaderSection header;
        try {
            if (HeaderSection.of(content).first(RETURN_PATH).isEmpty()) {
                return in;
            }
            header = in.header();
        } catch (IOException e) {
            throw new ContentStream.Unreadable(e);
        }
        in.skipNBytes(header.size());
        return new SequenceInputStream(new ByteArrayInputStream(header.without(RETURN_PATH)), in);
    }

    private static String status(IOException e) {
        String words = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return words.contains("no space left") || words.contains("quota") ? SYSTEM_FULL : MAILBOX_TROUBLE;
    }

    private String header(MailObject mail, ForwardPath recipient) {
        return RETURN_PATH + ": " + mail.envelope().reversePath() + "\r\n" + "Delivered-To: " + recipient.address()
                + "\r\n" + TraceHeader.received(mail, here);
    }

    /**
     * Unique by message and mailbox; begins with the time of arrival, by which readers sort. There is one file however
     * the user is addressed and in however many items; an address with a detail, alice+x, has a file of its own.
     */
    private static String fileName(MailObject mail, ForwardPath recipient, String user) {
        return fileName(
                mail, mail.id().text(), user + "\n" + recipient.mailbox().localKey());
    }

    /**
     * The file name of earlier versions, so that an attempt that such a server made and did not settle is not repeated.
     */
    private static String earlierFileName(String itemId, MailObject mail, ForwardPath recipient) {
        return fileName(
                mail,
                itemId,
                recipient.mailbox().localPart() + "@" + recipient.domain().key());
    }

    private static String fileName(MailObject mail, String id, String mailbox) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(mailbox.getBytes(StandardCharsets.UTF_8));
            return mail.arrival().at().getEpochSecond() + "." + id + "-"
                    + HexFormat.of().formatHex(hash, 0, HASH_OCTETS) + ".caravan";
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** A user's folder: always a single file name, whatever the user's name. */
    static String folderName(String user) {
        if (user.isEmpty()) {
            throw new IllegalArgumentException("user without a name (expected: >= 1 character)");
        }
        StringBuilder name = new StringBuilder();
        for (byte octet : user.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xFF);
            boolean isPlain = (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || c == '_'
                    || c == '-'
                    // Hidden folders, and {@code .} and {@code ..}, begin with a dot.
                    || (c == '.' && !name.isEmpty());
            if (isPlain) {
                name.append(c);
            } else {
                name.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return name.toString();
    }

    /** Content whose errors can be told from errors of the mailbox. */
    private static final class ContentStream extends InputStream {
        private static final class Unreadable extends IOException {
            private static final long serialVersionUID = 1L;

            Unreadable(IOException cause) {
                super(cause);
            }

            Unreadable(String words) {
                super(words);
            }
        }

        private final SevenBitMessage.Source source;
        private final InputStream in;
        private long left;

        ContentStream(long size, SevenBitMessage.Source source) throws Unreadable {
            this.left = size;
            this.source = source;
            try {
                this.in = source.open();
            } catch (IOException e) {
                throw new Unreadable(e);
            }
        }

        /** Its header, which may be another than that of the content. */
        HeaderSection header() throws IOException {
            try (InputStream beginning = source.open()) {
                return HeaderSection.of(new Content.InMemory(beginning.readNBytes(HeaderSection.MAX_OCTETS)));
            }
        }

        @Override
        public int read() throws Unreadable {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] octets, int from, int length) throws Unreadable {
            int count;
            try {
                count = in.read(octets, from, length);
            } catch (IOException e) {
                throw new Unreadable(e);
            }
            left -= Math.max(count, 0);
            // A partial message must not be stored as a whole one.
            if (left < 0 || (count < 0 && left > 0)) {
                throw new Unreadable("content is " + -left + " octets longer than it says (negative: shorter)");
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
