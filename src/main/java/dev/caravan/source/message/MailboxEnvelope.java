package dev.caravan.source.message;

import java.util.List;
import java.util.Optional;

/**
 * The envelope of messages from a mailbox, which does not keep envelopes: the recipients are configured, or taken from
 * a field that the mailbox's own server writes at the top of each message.
 *
 * @param from the reverse-path of all messages; empty for that of {@code Return-Path} (RFC 5321 §4.4), or the null one
 *     if there is no such field, because the author of a message never asked for reports.
 * @param to lists of recipients, each separated by commas.
 * @param toField the name of the field with the recipient; present if {@code to} is empty.
 */
public record MailboxEnvelope(Optional<String> from, List<String> to, Optional<String> toField) {
    private static final String NULL_PATH = "<>";

    /**
     * @throws IllegalArgumentException if there are neither recipients nor a field, or both, or an address is malformed.
     */
    public MailboxEnvelope {
        to = List.copyOf(to);
        if (to.isEmpty() == toField.isEmpty()) {
            throw new IllegalArgumentException("recipients and a field for them (expected: one of both)");
        }
        try {
            if (from.isPresent()) {
                Addresses.reversePath(from.get(), "from");
            }
            for (String list : to) {
                Addresses.forwardPaths(list, "to");
            }
        } catch (InvalidSubmissionException e) {
            throw new IllegalArgumentException(e.reason(), e);
        }
    }

    /**
     * The envelope of one message.
     *
     * @param returnPath the first field of that name.
     * @param recipient the first field with the name {@code toField}.
     * @throws InvalidSubmissionException if the message has no recipient.
     */
    public EnvelopeOverride given(Optional<String> returnPath, Optional<String> recipient)
            throws InvalidSubmissionException {
        String path =
                from.orElseGet(() -> returnPath.filter(MailboxEnvelope::isPath).orElse(NULL_PATH));
        if (toField.isEmpty()) {
            return new EnvelopeOverride(Optional.of(path), to, DsnOptions.NONE);
        }
        String address = recipient.orElseThrow(
                () -> InvalidSubmissionException.unacceptable("no field " + toField.get() + " (expected: an address)"));
        // The mailbox server writes exactly one address; a field with more comes from another author.
        Addresses.one(address, toField.get());
        return new EnvelopeOverride(Optional.of(path), List.of(address), DsnOptions.NONE);
    }

    private static boolean isPath(String field) {
        try {
            return !Addresses.reversePath(field, "Return-Path").isNull();
        } catch (InvalidSubmissionException e) {
            return false;
        }
    }
}
