package dev.caravan.session;

import dev.caravan.smtp.AddressCompletion;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How far clients may deviate from the RFC. All but the first apply only to the operator's own clients: repairing the
 * input of other clients would allow SMTP smuggling past another server.
 *
 * @param isHeloStrict whether the name in HELO and EHLO must be a domain or an address literal.
 * @param ownClients matches the addresses of the operator's own clients.
 * @param completion completes their envelope addresses; empty if incomplete addresses are refused.
 * @param repairsLineEnds whether an LF without CR ends their lines.
 */
public record Tolerance(
        boolean isHeloStrict,
        Predicate<InetAddress> ownClients,
        Optional<AddressCompletion> completion,
        boolean repairsLineEnds) {
    /** Accepts any HELO name; repairs no envelopes and no line ends. */
    public static final Tolerance DEFAULT = new Tolerance(false, client -> false, Optional.empty(), false);
}
