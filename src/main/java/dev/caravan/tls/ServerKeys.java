package dev.caravan.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The keys of a server and which of them a client gets. Immutable; thread-safe.
 *
 * @param all at least one; the first is for clients that name no host, or one that no certificate has.
 */
public record ServerKeys(List<CertifiedKey> all) {
    public ServerKeys {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no key (expected: at least one)");
        }
        all = List.copyOf(all);
    }

    /** The key for clients that name no host. */
    public CertifiedKey first() {
        return all.get(0);
    }

    /**
     * The key for a client.
     *
     * @param host the name that the client gave (RFC 6066 §3).
     * @param usable which keys the client can use.
     * @return a usable key whose certificate has the name; else the first usable key; empty if there is none.
     */
    Optional<CertifiedKey> choose(Optional<String> host, Predicate<CertifiedKey> usable) {
        List<CertifiedKey> possible = all.stream().filter(usable).toList();
        return host.flatMap(
                        name -> possible.stream().filter(key -> key.isFor(name)).findFirst())
                .or(() -> possible.stream().filter(this::isLikeFirst).findFirst())
                .or(() -> possible.stream().findFirst());
    }

    /** Whether a key is for the same names as the first: the second of a pair of an EC and an RSA key. */
    private boolean isLikeFirst(CertifiedKey key) {
        X509Certificate first = first().certificate();
        return CertificateNames.of(key.certificate()).equals(CertificateNames.of(first));
    }
}
