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

/** Reads what sources hand in into the spool, and makes a mail object of it. */
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
     * @param recipients who exists here; a message to somebody who may exist is read later.
     * @param memory from which what is read is taken, besides its content.
     * @param host what we call ourselves, in message ids and for mail without an author.
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

    /** Takes over the limits of messages that are read from now on. */
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

    /** The size in octets of the largest message that may be handed in now. */
    public long maxOctets() {
        return limits.octets();
    }

    private static MailReader reader(SourceLimits limits, Spool spool) {
        return new MailReader(limits, lease -> new SpooledParts(spool.newScratch(lease)));
    }

    /**
     * From where something was handed in.
     *
     * @param protocol a word for the WITH clause of Received; an atom.
     * @param remote who handed it in, if it came over the network.
     * @param outcomesTo the queue in which its sender wants to hear what becomes of it.
     */
    public record Origin(String protocol, Optional<InetAddress> remote, Optional<String> outcomesTo) {
        /** From a program that nothing more is known of. */
        public static Origin of(String protocol) {
            return new Origin(protocol, Optional.empty(), Optional.empty());
        }
    }

    /**
     * Reads a mail to its end.
     *
     * @throws InvalidSubmissionException if it is no mail; nothing of it is kept.
     * @throws IOException if it cannot be read now, or the spool not be written; nothing of it is kept.
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
     * A message that was read, with what it holds of the memory until {@link #close}: when it is stored or given up.
     *
     * @param messageId what its field Message-ID says; empty if that cannot be read.
     */
    public record Taken(MailObject mail, Optional<String> messageId, MemoryLease input, MemoryLease content)
            implements AutoCloseable {
        @Override
        public void close() {
            input.close();
            content.close();
        }
    }

    /** Reads a mail to its end, and holds its memory; otherwise as {@link #read}. */
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
        // Never closed: what it still holds when reading fails belongs to no mail.
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
            // No more than nothing if it was finished.
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

    /** A content as others write to it; ended by its writer's owner alone. */
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
