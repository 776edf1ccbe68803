package dev.caravan.tls;

import java.util.List;

/**
 * A verified certificate of a client.
 *
 * @param subject the distinguished name as text (RFC 4514); comes from the client.
 * @param fingerprint SHA-256 of the certificate, 64 hexadecimal digits in lower case.
 * @param emails the addresses in its alternative names (RFC 5280 §4.2.1.6), at most ten; come from the client.
 */
public record ClientCertificate(String subject, String fingerprint, List<String> emails) {
    public ClientCertificate {
        emails = List.copyOf(emails);
    }
}
