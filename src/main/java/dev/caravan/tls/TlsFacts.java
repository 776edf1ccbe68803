package dev.caravan.tls;

import java.util.Optional;

/**
 * What a handshake agreed.
 *
 * @param version such as {@code TLSv1.3}.
 * @param cipher the cipher suite, such as {@code TLS_AES_256_GCM_SHA384}.
 * @param serverName the name that the client asked for (RFC 6066 §3); only letters, digits, dots, hyphens and
 *     underscores.
 * @param client the certificate that the client showed and that was verified.
 */
public record TlsFacts(
        String version, String cipher, Optional<String> serverName, Optional<ClientCertificate> client) {}
