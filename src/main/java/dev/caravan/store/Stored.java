package dev.caravan.store;

import dev.caravan.mail.MailId;

/**
 * The answer of {@code direct:submit}: every item of the mail is durable, or will be with the transaction at hand.
 *
 * @param id the mail's name.
 */
public record Stored(MailId id) {}
