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
 * Turns a submission into an envelope and content, or throws if it is not a valid message. Copies whole messages line
 * by line, and reads JSON documents as a stream whose parts are kept in a {@link PartStore}. Thread-safe.
 */
public final class MailReader {
    private final SourceLimits limits;
    private final Workplace workplace;

    /** Makes stores for the parts of a message, which keep them between reading and writing. */
    public interface Workplace {
        /** Makes a store; its memory use is charged to the lease. */
        PartStore newParts(MemoryLease memory);
    }

    /** Makes a reader that keeps all parts in memory. */
    public MailReader(SourceLimits limits) {
        this(limits, memory -> new PartsInMemory());
    }

    public MailReader(SourceLimits limits, Workplace workplace) {
        this.limits = limits;
        this.workplace = workplace;
    }

    /**
     * A submission that was read.
     *
     * @param envelope of the message.
     * @param messageId the value of its field Message-ID, without angle brackets; empty if that cannot be parsed.
     */
    public record Submitted(Envelope envelope, Optional<String> messageId) {}

    /**
     * Reads a submission.
     *
     * @param stamp the header fields that are added if the author omitted them.
     * @param out gets the content; not closed. Output before an exception is not a message.
     * @param memory memory use is charged to it and stays charged, because the envelope stays in memory until it is
     *     stored.
     * @throws InvalidSubmissionException if it is not a valid message and will not be when it is repeated.
     * @throws IOException if it cannot be read, the content cannot be written, or there is no memory now.
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
                    .envelope(whole.envelope().dsnOptions(), body);
            return new Submitted(envelope, content.messageId());
        }
        try (PartStore parts = workplace.newParts(memory)) {
            if (handed instanceof SubmittedForm.Json json) {
                MessageDraft letter = JsonMessageParser.read(json.octets(), limits, parts, memory);
                return send(letter, letter.dsnOptions().or(json.dsnOptions()), parts, stamp, out);
            }
            if (handed instanceof SubmittedForm.Text text) {
                MessageDraft letter = letter(text, parts);
                return send(letter, letter.dsnOptions(), parts, stamp, out);
            }
        }
        throw new AssertionError(handed);
    }

    private Submitted send(
            MessageDraft letter, DsnOptions dsnOptions, PartStore parts, DefaultHeaders stamp, OutputStream out)
            throws InvalidSubmissionException, IOException {
        // Checked before writing, so that no content is written for an invalid envelope.
        Body body = letter.body().isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
        Envelope envelope = letter.parties(limits).envelope(dsnOptions, body);
        try {
            MimeMessageWriter.write(letter, parts, stamp, new Limited(out, limits.octets()));
        } catch (TooLongException e) {
            throw InvalidSubmissionException.tooLarge(
                    "a mail of more than " + limits.octets() + " octets (expected: <= " + limits.octets() + ")");
        }
        if (letter.heading().isUtf8()) {
            envelope = envelope.withParameters(envelope.parameters().withUtf8(true));
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
        return new MessageDraft(heading.checked(), body, Optional.empty(), text.dsnOptions());
    }

    private static List<Addresses.Named> addresses(List<String> texts, String where) throws InvalidSubmissionException {
        List<Addresses.Named> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.addAll(Addresses.list(text, where));
        }
        return addresses;
    }

    /** The message exceeds the size limit. */
    private static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Limits the octets that can be written. */
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
