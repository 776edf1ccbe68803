package dev.caravan.auth;

import dev.caravan.tls.ClientCertificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * The names in a verified client certificate.
 *
 * @param emails the alternative names of the type rfc822Name, as they are there.
 * @param commonName of the subject; empty if it has none.
 */
public record PeerCertificate(List<String> emails, String commonName) {
    private static final String COMMON_NAME = "CN";

    public PeerCertificate {
        emails = List.copyOf(emails);
    }

    /** The names in a certificate of which TLS has verified that it is the client's. */
    public static PeerCertificate of(ClientCertificate certificate) {
        return new PeerCertificate(certificate.emails(), commonName(certificate.subject()));
    }

    private static String commonName(String subject) {
        try {
            for (Rdn part : new LdapName(subject).getRdns()) {
                if (part.getType().equalsIgnoreCase(COMMON_NAME) && part.getValue() instanceof String name) {
                    return name;
                }
            }
            return "";
        } catch (InvalidNameException e) {
            // It was cut because it is very long.
            return "";
        }
    }
}
