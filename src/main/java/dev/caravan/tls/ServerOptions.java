package dev.caravan.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * How a server speaks TLS.
 *
 * @param oldest the oldest version that is spoken.
 * @param asksForCertificate whether clients are asked for a certificate, which they need not have. Any certificate is
 *     accepted; {@link TlsFacts} tells whether it is trusted.
 * @param authorities whose certificates clients are told to use; empty for any.
 * @param hasTickets whether clients may resume sessions by tickets (RFC 5077, RFC 8446 §4.6.1).
 */
public record ServerOptions(
        TlsVersion oldest, boolean asksForCertificate, List<X509Certificate> authorities, boolean hasTickets) {
    /** TLS 1.2 and 1.3, no client certificates, no tickets. */
    public static final ServerOptions DEFAULT = new ServerOptions(TlsVersion.TLS_1_2, false, List.of(), false);

    public ServerOptions {
        authorities = List.copyOf(authorities);
    }

    /** The same with another oldest version. */
    public ServerOptions since(TlsVersion version) {
        return new ServerOptions(version, asksForCertificate, authorities, hasTickets);
    }
}
