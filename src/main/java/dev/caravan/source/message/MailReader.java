package dev.caravan.source.message;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.mail.MemoryLease;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns what a source hands in into an envelope and a content, or says why it is no mail. Whole mails pass through a
 * line at a time, JSON documents as a stream whose parts are kept in a {@link PartStore}. Thread-safe.
 */
public final class MailReader {
    private final SourceLimits limits;
    private final Workplace workplace;

    /** Where the parts of a message are kept between being read and being written. */
    public interface Workplace {
        /** A new store; what it keeps in memory it takes from the lease. */
        PartStore newParts(MemoryLease memory);
    }

    /** A reader that keeps all parts in memory. */
    public MailReader(SourceLimits limits) {
        this(limits, memory -> new PartsInMemory());
    }

    public MailReader(SourceLimits limits, Workplace workplace) {
        this.limits = limits;
        this.workplace = workplace;
    }

    /**
     * What was read.
     *
     * @param envelope of the message.
     * @param messageId what its field Message-ID says, without angle brackets; empty if that cannot be read.
     */
    public record Submitted(Envelope envelope, Optional<String> messageId) {}

    /**
     * Reads a mail.
     *
     * @param stamp what the mail gets if its author left it out.
     * @param out where the content is written; not closed. What was written before an exception is no mail.
     * @param memory what is held in memory is drawn from it, and stays drawn: the envelope lives until it is stored.
     * @throws InvalidSubmissionException if it is no mail, and will be none when it comes again.
     * @throws IOException if it cannot be read, or the content not be written, or there is no memory now.
     */
    public Submitted read(SubmittedForm handed, DefaultHeaders stamp, OutputStream out, MemoryLease memory)
            throws InvalidSubmissionException, IOException {
        try {
            return readNow(handed, stamp, out, memory);
        } catch (MemoryExhaustedException e) {
            if (e.isForGood()) {
                throw InvalidSubmissionException.tooLarge(e.getMessage() + ", more than there ever is");
            }
            throw e;
        }
    }

    private Submitted readNow(SubmittedForm handed, DefaultHeaders stamp, OutputStream out, MemoryLease memory)
            throws InvalidSubmissionException, IOException {
        if (handed instanceof SubmittedForm.Whole whole) {
            SubmittedContent content = new SubmittedContent(
                    whole.envelope().stamped(stamp),
                    out,
                    new SubmittedContent.Limits(limits.octets(), limits.line(), false),
                    memory);
            content.copy(whole.octets(), false);
            Body body = content.isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
            Envelope envelope = whole.envelope()
                    .parties(content, limits)
                    .envelope(whole.envelope().wishes(), body);
            return new Submitted(envelope, content.messageId());
        }
        try (PartStore parts = workplace.newParts(memory)) {
            if (handed instanceof SubmittedForm.Json json) {
                MessageDraft letter = JsonMessageParser.read(json.octets(), limits, parts, memory);
                return send(letter, letter.wishes().or(json.wishes()), parts, stamp, out);
            }
            if (handed instanceof SubmittedForm.Text text) {
                MessageDraft letter = letter(text, parts);
                return send(letter, letter.wishes(), parts, stamp, out);
            }
        }
        throw new AssertionError(handed);
    }

    private Submitted send(
            MessageDraft letter, DsnOptions wishes, PartStore parts, DefaultHeaders stamp, OutputStream out)
            throws InvalidSubmissionException, IOException {
        // Nothing is written for an envelope that cannot be used.
        Body body = letter.body().isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
        Envelope envelope = letter.parties(limits).envelope(wishes, body);
        try {
            MimeMessageWriter.write(letter, parts, stamp, new Limited(out, limits.octets()));
        } catch (TooLongException e) {
            throw InvalidSubmissionException.tooLarge(
                    "a mail of more than " + limits.octets() + " octets (expected: <= " + limits.octets() + ")");
        }
        return new Submitted(envelope, Optional.of(MimeMessageWriter.messageId(letter, stamp)));
    }

    private MessageDraft letter(SubmittedForm.Text text, PartStore parts)
            throws InvalidSubmissionException, IOException {
        if (text.text().length() > limits.json()) {
            throw InvalidSubmissionException.tooLarge(
                    "a text of " + text.text().length() + " characters (expected: <= " + limits.json() + ")");
        }
        MessageDraft.Heading heading = new MessageDraft.Heading(
                Addresses.one(text.from(), "from"),
                addresses(text.to(), "to"),
                addresses(text.cc(), "cc"),
                addresses(text.bcc(), "bcc"),
                List.of(),
                text.subject().orElse(""),
                Optional.empty(),
                Map.of());
        byte[] octets = text.text().getBytes(StandardCharsets.UTF_8);
        parts.append(octets, 0, octets.length);
        MessageDraft.Body body = new MessageDraft.Body(
                Optional.of(new MessageDraft.Part(0, octets.length)), Optional.empty(), List.of());
        return new MessageDraft(heading.checked(), body, Optional.empty(), text.wishes());
    }

    private static List<Addresses.Named> addresses(List<String> texts, String where) throws InvalidSubmissionException {
        List<Addresses.Named> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.addAll(Addresses.list(text, where));
        }
        return addresses;
    }

    /** The message is larger than it may be. */
    private static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Refuses what goes beyond a number of octets. */
    private static final class Limited extends FilterOutputStream {
        private long left;

        Limited(OutputStream out, long most) {
            super(out);
            left = most;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] source, int from, int count) throws IOException {
            left -= count;
            if (left < 0) {
                throw new TooLongException();
            }
            out.write(source, from, count);
        }
    }
}
