package dev.caravan.mail;

import java.util.Optional;

/**
 * One recipient of a mail with what its sender asked for (RFC 3461 §4).
 *
 * @param path where the mail goes.
 * @param notification when the sender wants to hear.
 * @param original the address first used, if the sender gave it.
 */
public record Recipient(ForwardPath path, Notify notification, Optional<OriginalRecipient> original) {
    public static Recipient of(ForwardPath path) {
        return new Recipient(path, Notify.DEFAULT, Optional.empty());
    }

    public static Recipient of(String address) {
        return of(ForwardPath.of(address));
    }
}
