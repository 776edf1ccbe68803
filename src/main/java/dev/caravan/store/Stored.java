package dev.caravan.store;

import dev.caravan.mail.MailId;

/**
 * The answer of {@code direct:submit}: every item of the message is durable, or will be with the commit of the
 * transaction of the route.
 *
 * @param id the id of the message.
 */
public record Stored(MailId id) {}
