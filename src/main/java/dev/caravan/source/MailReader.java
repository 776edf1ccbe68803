package dev.caravan.source;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailParameters.Body;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns what a source hands in into an envelope and a content, or says why it is no mail. Whole mails pass through a
 * line at a time; the other forms are held in memory, so that only few are read at once.
 */
public final class MailReader {
    private final SourceLimits limits;
    private final LetterReader letters;

    public MailReader(SourceLimits limits) {
        this.limits = limits;
        this.letters = new LetterReader(limits.json());
    }

    /**
     * Reads a mail.
     *
     * @param stamp what the mail gets if its author left it out.
     * @param out where the content is written; not closed. What was written before an exception is no mail.
     * @return its envelope.
     * @throws InvalidSubmissionException if it is no mail, and will be none when it comes again.
     * @throws IOException if it cannot be read, or the content not be written.
     */
    public Envelope read(Handed handed, Stamp stamp, OutputStream out) throws InvalidSubmissionException, IOException {
        if (handed instanceof Handed.Whole whole) {
            SubmittedContent content = new SubmittedContent(
                    whole.envelope().stamped(stamp),
                    out,
                    new SubmittedContent.Limits(limits.octets(), limits.line(), false));
            content.copy(whole.octets(), false);
            Body body = content.isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
            return whole.envelope()
                    .parties(content, limits)
                    .envelope(whole.envelope().wishes(), body);
        }
        if (handed instanceof Handed.Json json) {
            Letter letter = letters.read(octets(json.octets()));
            return send(letter, letter.wishes().or(json.wishes()), stamp, out);
        }
        if (handed instanceof Handed.Text text) {
            Letter letter = letter(text);
            return send(letter, letter.wishes(), stamp, out);
        }
        throw new AssertionError(handed);
    }

    private byte[] octets(InputStream in) throws IOException, InvalidSubmissionException {
        byte[] octets = in.readNBytes(limits.json() + 1);
        if (octets.length > limits.json()) {
            throw InvalidSubmissionException.tooLarge("JSON of more than " + limits.json() + " octets");
        }
        return octets;
    }

    private Envelope send(Letter letter, Wishes wishes, Stamp stamp, OutputStream out)
            throws InvalidSubmissionException, IOException {
        // Nothing is written for an envelope that cannot be used.
        Envelope envelope = letter.parties(limits).envelope(wishes, Body.SEVEN_BIT);
        Counted counted = new Counted(out);
        LetterWriter.write(letter, stamp, counted);
        if (counted.octets > limits.octets()) {
            throw InvalidSubmissionException.tooLarge(
                    "a mail of " + counted.octets + " octets (expected: <= " + limits.octets() + ")");
        }
        return envelope;
    }

    private Letter letter(Handed.Text text) throws InvalidSubmissionException {
        if (text.text().length() > limits.json()) {
            throw InvalidSubmissionException.tooLarge(
                    "a text of " + text.text().length() + " characters (expected: <= " + limits.json() + ")");
        }
        Letter.Heading heading = new Letter.Heading(
                Addresses.one(text.from(), "from"),
                addresses(text.to(), "to"),
                addresses(text.cc(), "cc"),
                addresses(text.bcc(), "bcc"),
                List.of(),
                text.subject().orElse(""),
                Map.of());
        Letter.Body body = new Letter.Body(Optional.of(text.text()), Optional.empty(), List.of());
        return new Letter(heading.checked(), body, Optional.empty(), text.wishes());
    }

    private static List<Addresses.Named> addresses(List<String> texts, String where) throws InvalidSubmissionException {
        List<Addresses.Named> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.addAll(Addresses.list(text, where));
        }
        return addresses;
    }

    /** Counts what goes through. */
    private static final class Counted extends FilterOutputStream {
        private long octets;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int octet) throws IOException {
            octets++;
            out.write(octet);
        }

        @Override
        public void write(byte[] source, int from, int count) throws IOException {
            octets += count;
            out.write(source, from, count);
        }
    }
}
