package dev.caravan.source.message;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * The envelope that a source gave with a message. Missing parts are taken from the message's header, as
 * {@code sendmail -t} does: the reverse-path from {@code Sender}, else from {@code From}; the recipients from
 * {@code To}, {@code Cc} and {@code Bcc}.
 *
 * @param from the reverse-path; {@code <>} for the null one; empty to take it from the header.
 * @param to lists of recipients, each separated by commas; empty to take them from the header.
 * @param dsnOptions the DSN options of the sender.
 */
public record EnvelopeOverride(Optional<String> from, List<String> to, DsnOptions dsnOptions) {
    /** Takes everything from the header. */
    public static final EnvelopeOverride NONE = new EnvelopeOverride(Optional.empty(), List.of(), DsnOptions.NONE);

    private static final List<String> RESENT = List.of("resent-to", "resent-cc", "resent-bcc");

    public EnvelopeOverride {
        to = List.copyOf(to);
    }

    /** Sender and recipients; the other parts of the envelope depend on the content. */
    record Parties(ReversePath from, List<ForwardPath> to) {
        Parties {
            to = List.copyOf(new LinkedHashSet<>(to));
        }

        Envelope envelope(DsnOptions dsnOptions, Body body) throws InvalidSubmissionException {
            Notify conditions = dsnOptions.conditions();
            List<Recipient> recipients = to.stream()
                    .map(path -> new Recipient(path, conditions, Optional.empty()))
                    .toList();
            return new Envelope(from, recipients, dsnOptions.parameters(body));
        }

        /** Returns this after checking the number of recipients. */
        Parties within(SourceLimits limits) throws InvalidSubmissionException {
            if (to.isEmpty()) {
                throw InvalidSubmissionException.unacceptable("no recipient (expected: at least one in to, cc or bcc)");
            }
            if (to.size() > limits.recipients()) {
                throw InvalidSubmissionException.tooLarge(
                        to.size() + " recipients (expected: <= " + limits.recipients() + ")");
            }
            return this;
        }
    }

    /** The default headers with the reverse-path as author, if there is one. */
    DefaultHeaders stamped(DefaultHeaders stamp) throws InvalidSubmissionException {
        ReversePath path = Addresses.reversePath(from.orElse("<>"), "from");
        return path.isNull() ? stamp : new DefaultHeaders(path.address(), stamp.messageId(), stamp.date());
    }

    /** @param content the copied content, whose header has the missing parts. */
    Parties parties(SubmittedContent content, SourceLimits limits) throws InvalidSubmissionException {
        ReversePath sender = from.isPresent() ? Addresses.reversePath(from.get(), "from") : sender(content);
        List<ForwardPath> recipients = new ArrayList<>();
        for (String list : to) {
            recipients.addAll(Addresses.forwardPaths(list, "to"));
        }
        if (to.isEmpty()) {
            recipients.addAll(recipients(content));
        }
        return new Parties(sender, recipients).within(limits);
    }

    private static ReversePath sender(SubmittedContent content) throws InvalidSubmissionException {
        for (String name : List.of("sender", "from")) {
            List<String> fields = content.parties(name);
            List<Addresses.Named> addresses = fields.isEmpty() ? List.of() : Addresses.list(fields.get(0), name);
            if (!addresses.isEmpty()) {
                return ReversePath.of(addresses.get(0).mailbox());
            }
        }
        throw InvalidSubmissionException.unacceptable("no sender (expected: from, or a field Sender or From)");
    }

    private static List<ForwardPath> recipients(SubmittedContent content) throws InvalidSubmissionException {
        for (String name : RESENT) {
            if (!content.parties(name).isEmpty()) {
                // To and Cc are the recipients of the original; which block of Resent fields applies now is ambiguous.
                throw InvalidSubmissionException.unacceptable("a mail with " + name + " (expected: to beside it)");
            }
        }
        List<ForwardPath> recipients = new ArrayList<>();
        for (String name : List.of("to", "cc", "bcc")) {
            for (String field : content.parties(name)) {
                recipients.addAll(Addresses.forwardPaths(field, name));
            }
        }
        return recipients;
    }
}
