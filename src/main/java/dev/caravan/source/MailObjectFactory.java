package dev.caravan.source;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolWriter;
import dev.caravan.source.message.DefaultHeaders;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.MailReader;
import dev.caravan.source.message.SourceLimits;
import dev.caravan.source.message.SubmittedForm;
import dev.caravan.store.MessageSettings;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;

/** Reads submissions of all sources into the spool and makes mail objects of them. */
public final class MailObjectFactory implements Reconfigurable {
    private static final int BUFFERED = 8 * 1024;

    private volatile SourceLimits limits;
    private volatile MailReader reader;
    private final RecipientDirectory recipients;
    private final LocalDomains localDomains;
    private final Spool spool;
    private final MemoryShare memory;
    private final Domain host;
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * @param recipients checks local recipients; a submission is deferred while a recipient cannot be checked.
     * @param memory the memory share that input other than the content is charged to.
     * @param host the server's host name, for message ids and for messages without an author.
     */
    public MailObjectFactory(
            Settings settings,
            RecipientDirectory recipients,
            LocalDomains localDomains,
            Spool spool,
            MemoryShare memory,
            Domain host,
            Clock clock,
            RandomGenerator random) {
        this.limits = limits(settings);
        this.reader = reader(limits, spool);
        this.recipients = recipients;
        this.localDomains = localDomains;
        this.spool = spool;
        this.memory = memory;
        this.host = host;
        this.clock = clock;
        this.random = random;
    }

    /** Applies the limits to messages that are read from now on. */
    @Override
    public void reconfigure(Settings settings) {
        limits = limits(settings);
        reader = reader(limits, spool);
    }

    private static SourceLimits limits(Settings settings) {
        return new SourceLimits(
                settings.get(MessageSettings.MAX_RECIPIENTS),
                settings.get(MessageSettings.MAX_SIZE),
                settings.get(MessageSettings.MAX_LINE),
                settings.get(MessageSettings.MAX_JSON));
    }

    /** The current size limit of a submitted message, in octets. */
    public long maxOctets() {
        return limits.octets();
    }

    private static MailReader reader(SourceLimits limits, Spool spool) {
        return new MailReader(limits, lease -> new SpooledParts(spool.newScratch(lease)));
    }

    /**
     * The origin of a submission.
     *
     * @param protocol a word for the WITH clause of Received; an atom.
     * @param remote the client's address, if it was submitted over the network.
     * @param outcomesTo the queue in which its sender wants the delivery results.
     */
    public record Origin(String protocol, Optional<InetAddress> remote, Optional<String> outcomesTo) {
        /** An origin of which only the protocol is known. */
        public static Origin of(String protocol) {
            return new Origin(protocol, Optional.empty(), Optional.empty());
        }
    }

    /**
     * Reads a submission to its end.
     *
     * @throws InvalidSubmissionException if it is not a valid message; nothing of it is kept.
     * @throws IOException if it cannot be read now or the spool cannot be written; nothing of it is kept.
     */
    public MailObject read(SubmittedForm handed, Origin origin) throws InvalidSubmissionException, IOException {
        try (MemoryLease input = memory.lease();
                MemoryLease content = spool.lease()) {
            return read(handed, origin, input, content).mail();
        }
    }

    /** The Message-ID that a message gets if its author gave none, without angle brackets. */
    public String messageId(String mailId) {
        return mailId + "@" + host;
    }

    /**
     * A message that was read, with the memory that it holds until {@link #close}, which is called when the message is
     * stored or given up.
     *
     * @param messageId the value of its field Message-ID; empty if that cannot be parsed.
     */
    public record Taken(MailObject mail, Optional<String> messageId, MemoryLease input, MemoryLease content)
            implements AutoCloseable {
        @Override
        public void close() {
            input.close();
            content.close();
        }
    }

    /** As {@link #read}, but also returns the memory that the message holds. */
    public Taken take(SubmittedForm handed, Origin origin) throws InvalidSubmissionException, IOException {
        MemoryLease input = memory.lease();
        MemoryLease content = spool.lease();
        boolean taken = false;
        try {
            Taken message = read(handed, origin, input, content);
            taken = true;
            return message;
        } finally {
            if (!taken) {
                input.close();
                content.close();
            }
        }
    }

    private Taken read(SubmittedForm handed, Origin origin, MemoryLease input, MemoryLease held)
            throws InvalidSubmissionException, IOException {
        Instant now = clock.instant();
        MailId id = MailId.next(now, random);
        DefaultHeaders stamp =
                new DefaultHeaders("postmaster@" + host, messageId(id.text()), now.atZone(ZoneOffset.UTC));
        SpoolWriter writer = spool.newContent(held);
        // Never closed: octets that it still buffers when reading fails belong to no message.
        OutputStream out = new BufferedOutputStream(new ToSpool(writer), BUFFERED);
        try {
            MailReader.Submitted submitted = reader.read(handed, stamp, out, input);
            requireCertainty(submitted.envelope());
            out.flush();
            Content content = writer.finish();
            Arrival arrival = new Arrival(now, origin.protocol(), "", origin.remote(), origin.outcomesTo());
            MailObject mail = new MailObject(id, arrival, submitted.envelope(), content);
            return new Taken(mail, submitted.messageId(), input, held);
        } finally {
            // Does nothing if the content was finished.
            writer.abandon();
        }
    }

    private void requireCertainty(Envelope envelope) throws IOException {
        List<CompletableFuture<Boolean>> answers = envelope.recipients().stream()
                .map(Recipient::path)
                .filter(path -> localDomains.contains(path.domain()))
                .map(path -> recipients.exists(path).toCompletableFuture())
                .toList();
        try {
            answers.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
    }

    /** Writes to the spool; closing it does not finish the content. */
    private static final class ToSpool extends OutputStream {
        private final SpoolWriter writer;

        ToSpool(SpoolWriter writer) {
            this.writer = writer;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int from, int count) throws IOException {
            writer.append(ByteBuffer.wrap(octets, from, count));
        }
    }
}
