package dev.caravan.session;

import dev.caravan.smtp.AddressCompletion;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How far clients may depart from the letter of the RFC. All but the first is for one's own clients only: what is
 * repaired for a stranger can be used to smuggle mail past another server.
 *
 * @param isHeloStrict whether the name in HELO and EHLO must be a domain or an address literal.
 * @param ownClients the addresses of one's own clients.
 * @param completion completes their envelopes, if they may be incomplete.
 * @param repairsLineEnds whether an LF without CR ends their lines.
 */
public record Tolerance(
        boolean isHeloStrict,
        Predicate<InetAddress> ownClients,
        Optional<AddressCompletion> completion,
        boolean repairsLineEnds) {
    /** Names of all kinds are taken; nobody's envelopes or lines are touched. */
    public static final Tolerance DEFAULT = new Tolerance(false, client -> false, Optional.empty(), false);
}
