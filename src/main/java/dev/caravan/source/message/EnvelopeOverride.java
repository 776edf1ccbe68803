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
 * The envelope as a source gave it beside a mail. What it lacks is taken from the mail's header, as {@code sendmail -t}
 * does: the reverse-path from {@code Sender}, else from {@code From}; the recipients from {@code To}, {@code Cc} and
 * {@code Bcc}.
 *
 * @param from the reverse-path; {@code <>} for the null one; empty if it is to be taken from the header.
 * @param to lists of recipients, each separated by commas; none if they are to be taken from the header.
 * @param wishes what the sender wants to be told.
 */
public record EnvelopeOverride(Optional<String> from, List<String> to, DsnOptions wishes) {
    /** Nothing was given. */
    public static final EnvelopeOverride NONE = new EnvelopeOverride(Optional.empty(), List.of(), DsnOptions.NONE);

    private static final List<String> RESENT = List.of("resent-to", "resent-cc", "resent-bcc");

    public EnvelopeOverride {
        to = List.copyOf(to);
    }

    /** Sender and recipients; the rest follows when the content is known. */
    record Parties(ReversePath from, List<ForwardPath> to) {
        Parties {
            to = List.copyOf(new LinkedHashSet<>(to));
        }

        Envelope envelope(DsnOptions wishes, Body body) throws InvalidSubmissionException {
            Notify conditions = wishes.conditions();
            List<Recipient> recipients = to.stream()
                    .map(path -> new Recipient(path, conditions, Optional.empty()))
                    .toList();
            return new Envelope(from, recipients, wishes.parameters(body));
        }

        /** These parties, unless they are too few or too many. */
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

    /** The stamp with the author whom the envelope names, if it names one. */
    DefaultHeaders stamped(DefaultHeaders stamp) throws InvalidSubmissionException {
        ReversePath path = Addresses.reversePath(from.orElse("<>"), "from");
        return path.isNull() ? stamp : new DefaultHeaders(path.address(), stamp.messageId(), stamp.date());
    }

    /** @param content what was copied; its fields say what is not given. */
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
                // To and Cc say who got it before; who gets it now depends on the block of fields that is meant.
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
