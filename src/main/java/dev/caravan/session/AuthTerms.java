package dev.caravan.session;

import dev.caravan.auth.Authenticator;
import dev.caravan.auth.SaslConnection;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.auth.SaslOffer;
import java.util.Set;

/**
 * How the clients of a kind of listener authenticate (RFC 4954). Immutable.
 *
 * @param mechanisms that are allowed; none if clients cannot authenticate.
 * @param isTlsRequired whether AUTH is offered under TLS only.
 * @param maxTries the number of failures that ends a session; at least 1.
 * @param authenticator who knows the users.
 */
public record AuthTerms(
        Set<SaslMechanism> mechanisms, boolean isTlsRequired, int maxTries, Authenticator authenticator) {
    /** Clients cannot authenticate. */
    public static final AuthTerms NONE = new AuthTerms(Set.of(), true, 1, Authenticator.NONE);

    public AuthTerms {
        mechanisms = Set.copyOf(mechanisms);
        if (maxTries < 1) {
            throw new IllegalArgumentException("limit of " + maxTries + " failed logins (expected: >= 1)");
        }
    }

    /** The mechanisms for a session in its present state. */
    SaslOffer offer(boolean isSecured, SaslConnection connection) {
        return isTlsRequired && !isSecured ? SaslOffer.NONE : SaslOffer.of(mechanisms, connection, authenticator);
    }
}
