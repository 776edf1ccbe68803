package dev.caravan.camel;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.StaleTableException;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolWriter;
import dev.caravan.source.Handed;
import dev.caravan.source.InvalidSubmissionException;
import dev.caravan.source.MailReader;
import dev.caravan.source.SourceLimits;
import dev.caravan.source.Stamp;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Reads what sources hand in into the spool, and makes a mail object of it. */
final class SourceIntake {
    private static final int BUFFERED = 8 * 1024;

    private volatile MailReader reader;
    private final LocalRecipients recipients;
    private final Spool spool;
    private final Domain host;
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * @param recipients who exists here; a mail to somebody who may exist is read later.
     * @param host what we call ourselves, in message ids and for mail without an author.
     */
    SourceIntake(
            MailReader reader,
            LocalRecipients recipients,
            Spool spool,
            Domain host,
            Clock clock,
            RandomGenerator random) {
        this.reader = reader;
        this.recipients = recipients;
        this.spool = spool;
        this.host = host;
        this.clock = clock;
        this.random = random;
    }

    /** What is handed in from now on may have so much. */
    void use(SourceLimits limits) {
        reader = new MailReader(limits);
    }

    /**
     * From where something was handed in.
     *
     * @param protocol a word for the WITH clause of Received; an atom.
     * @param remote who handed it in, if it came over the network.
     * @param outcomesTo the queue in which its sender wants to hear what becomes of it.
     */
    record Origin(String protocol, Optional<InetAddress> remote, Optional<String> outcomesTo) {
        /** From a program that nothing more is known of. */
        static Origin of(String protocol) {
            return new Origin(protocol, Optional.empty(), Optional.empty());
        }
    }

    /**
     * Reads a mail to its end.
     *
     * @throws InvalidSubmissionException if it is no mail; nothing of it is kept.
     * @throws IOException if it cannot be read now, or the spool not be written; nothing of it is kept.
     */
    MailObject read(Handed handed, Origin origin) throws InvalidSubmissionException, IOException {
        Instant now = clock.instant();
        MailId id = MailId.next(now, random);
        Stamp stamp = new Stamp("postmaster@" + host, id + "@" + host, now.atZone(ZoneOffset.UTC));
        SpoolWriter writer = spool.newContent();
        // Never closed: what it still holds when reading fails belongs to no mail.
        OutputStream out = new BufferedOutputStream(new ToSpool(writer), BUFFERED);
        try {
            Envelope envelope = reader.read(handed, stamp, out);
            requireCertainty(envelope);
            out.flush();
            Content content = writer.finish();
            Arrival arrival = new Arrival(now, origin.protocol(), "", origin.remote(), origin.outcomesTo());
            return new MailObject(id, arrival, envelope, content);
        } finally {
            // No more than nothing if it was finished.
            writer.abandon();
        }
    }

    private void requireCertainty(Envelope envelope) throws IOException {
        try {
            recipients.require(envelope);
        } catch (StaleTableException e) {
            throw new IOException(e.getMessage(), e);
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
