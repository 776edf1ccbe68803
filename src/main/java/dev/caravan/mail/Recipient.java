package dev.caravan.mail;

import java.util.Optional;

/**
 * One recipient of a message with what the sender asked for (RFC 3461 §4).
 *
 * @param path the recipient's address.
 * @param notification when the sender wants a report.
 * @param original the address that the sender first used, if it was given.
 */
public record Recipient(ForwardPath path, Notify notification, Optional<OriginalRecipient> original) {
    public static Recipient of(ForwardPath path) {
        return new Recipient(path, Notify.DEFAULT, Optional.empty());
    }

    public static Recipient of(String address) {
        return of(ForwardPath.of(address));
    }
}
