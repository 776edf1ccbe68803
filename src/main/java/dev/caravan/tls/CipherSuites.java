package dev.caravan.tls;

import java.util.ArrayList;
import java.util.List;

/**
 * The cipher suites that this server and its deliveries use, the preferred first. Those of TLS 1.2 have forward secrecy.
 * The ones in CBC mode come last: a server that knows nothing better would otherwise send its mail in the clear.
 */
final class CipherSuites {
    /** TLS 1.3 and TLS 1.2, by the names of the IANA. */
    private static final List<String> MODERN = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final List<String> CBC = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");

    /** Without forward secrecy: what printers of the years before 2012 know. */
    private static final List<String> DEVICES = List.of("TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA");

    private CipherSuites() {}

    /** The suites for the oldest version that is allowed. */
    static List<String> since(TlsVersion oldest) {
        List<String> suites = new ArrayList<>(MODERN);
        suites.addAll(CBC);
        if (oldest.isOld()) {
            suites.addAll(DEVICES);
        }
        return suites;
    }
}
