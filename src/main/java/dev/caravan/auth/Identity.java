package dev.caravan.auth;

import java.util.Optional;

/**
 * Who a client is, as it has proved.
 *
 * @param user the name under which the user is known.
 * @param mechanism the SASL mechanism (RFC 4422), such as {@code PLAIN}.
 * @param credential the label of the application password that was used; empty for the user's own.
 */
public record Identity(String user, String mechanism, Optional<String> credential) {}
