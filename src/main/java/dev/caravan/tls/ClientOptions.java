package dev.caravan.tls;

import java.util.Optional;

/**
 * How a client speaks TLS.
 *
 * @param oldest the oldest version that is spoken.
 * @param trust which certificates of servers are accepted.
 * @param key what the client proves who it is with, if the server asks.
 */
public record ClientOptions(TlsVersion oldest, Trust trust, Optional<CertifiedKey> key) {
    /** TLS 1.2 and 1.3, any certificate. */
    public static final ClientOptions OPPORTUNISTIC =
            new ClientOptions(TlsVersion.TLS_1_2, Trust.any(), Optional.empty());
}
