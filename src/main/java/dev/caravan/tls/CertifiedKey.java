package dev.caravan.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A private key and the certificates that vouch for it. Immutable; thread-safe.
 *
 * @param key an RSA or EC key.
 * @param chain the certificate of the key, then that of its issuer and so on; at least one.
 * @param source where it was read from, for the log.
 */
public record CertifiedKey(PrivateKey key, List<X509Certificate> chain, String source) {
    public CertifiedKey {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("no certificate (expected: at least one)");
        }
        chain = List.copyOf(chain);
    }

    /** The certificate of the key itself. */
    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** {@code RSA} or {@code EC}. */
    public String type() {
        return key.getAlgorithm();
    }

    /** When the first of the certificates expires. */
    public Instant expiry() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Whether nobody but the key itself vouches for it. */
    public boolean isSelfSigned() {
        X509Certificate certificate = certificate();
        if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            certificate.verify(certificate.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether the certificate has that name, or a wildcard that covers it. */
    public boolean isFor(String host) {
        return CertificateNames.cover(certificate(), host);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CertifiedKey that && chain.equals(that.chain) && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(chain, source);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return type() + " certificate of " + CertificateNames.of(certificate()) + " in " + source;
    }
}
