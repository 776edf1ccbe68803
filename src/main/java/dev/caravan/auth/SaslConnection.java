package dev.caravan.auth;

import java.util.Optional;

/**
 * What a TLS connection contributes to authentication.
 *
 * @param binding empty without TLS, or if the engine cannot compute it.
 * @param certificate of the client; empty if it presented none, or none that was verified.
 */
public record SaslConnection(Optional<ChannelBinding> binding, Optional<PeerCertificate> certificate) {
    /** Nothing. */
    public static final SaslConnection PLAIN = new SaslConnection(Optional.empty(), Optional.empty());
}
