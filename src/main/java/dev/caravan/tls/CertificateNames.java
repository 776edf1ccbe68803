package dev.caravan.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The names in certificates and the hosts that they cover (RFC 9525 §6). Pure functions. */
public final class CertificateNames {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

    private CertificateNames() {}

    /**
     * The names of a certificate: the DNS names and IP addresses of its subjectAltName, in lower case. The common name
     * of the subject is no name (RFC 9525 §6.2). Empty if there are none or they cannot be read.
     */
    public static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        for (List<?> name : alternativeNames(certificate)) {
            if (name.get(1) instanceof String text
                    && (Integer.valueOf(DNS_NAME).equals(name.get(0))
                            || Integer.valueOf(IP_ADDRESS).equals(name.get(0)))) {
                names.add(lower(text));
            }
        }
        return names;
    }

    private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /**
     * Whether a certificate is valid for a host.
     *
     * @param host a domain name in ASCII, or an IP address without brackets. A name may end with a dot.
     */
    public static boolean cover(X509Certificate certificate, String host) {
        String wanted = lower(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
        boolean isAddress = ADDRESS.matcher(wanted).matches();
        return of(certificate).stream()
                .anyMatch(name -> isAddress ? isSameAddress(name, wanted) : matches(name, wanted));
    }

    /** Whether a certificate is valid for at least one of these hosts. */
    public static boolean coverAny(X509Certificate certificate, Collection<String> hosts) {
        return hosts.stream().anyMatch(host -> cover(certificate, host));
    }

    /** A wildcard stands for the whole first label, and for that one only (RFC 9525 §6.3). */
    private static boolean matches(String name, String host) {
        if (!name.startsWith("*.")) {
            return name.equals(host);
        }
        int dot = host.indexOf('.');
        return dot > 0 && name.indexOf('.', 2) > 0 && host.substring(dot).equals(name.substring(1));
    }

    private static boolean isSameAddress(String name, String address) {
        if (!ADDRESS.matcher(name).matches()) {
            return false;
        }
        try {
            // Both are literals, so no name is looked up.
            return Arrays.equals(
                    InetAddress.getByName(name).getAddress(),
                    InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
