package dev.caravan.auth;

import java.util.List;

/**
 * The names in a verified client certificate.
 *
 * @param emails rfc822Name and emailAddress, as they are there.
 * @param commonName of the subject; empty if it has none.
 */
public record PeerCertificate(List<String> emails, String commonName) {
    public PeerCertificate {
        emails = List.copyOf(emails);
    }
}
