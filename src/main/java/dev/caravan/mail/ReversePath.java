package dev.caravan.mail;

import java.util.Optional;

/**
 * Where reports about a message go: a mailbox, or nowhere (RFC 5321 §4.1.1.2, §4.5.5).
 *
 * @param mailbox empty for the null reverse-path {@code <>} of bounces.
 */
public record ReversePath(Optional<Mailbox> mailbox) {
    /** The null reverse-path {@code <>}. */
    public static final ReversePath NULL = new ReversePath(Optional.empty());

    public static ReversePath of(Mailbox mailbox) {
        return new ReversePath(Optional.of(mailbox));
    }

    /** Whether no report may be sent about this message. */
    public boolean isNull() {
        return mailbox.isEmpty();
    }

    /** The address without angle brackets; empty for the null reverse-path. */
    public String address() {
        return mailbox.map(Mailbox::toString).orElse("");
    }

    @Override
    public String toString() {
        return "<" + address() + ">";
    }
}
