package dev.caravan.net;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a connection to a remote host requires of TLS. Equal policies are interchangeable: a kept connection is reused only
 * under an equal policy.
 *
 * @param level what is required.
 * @param isImplicit whether TLS begins with the connection (RFC 8314), and not by STARTTLS (RFC 3207).
 * @param names for {@link Level#VERIFY}: the names of which the certificate must have one, each a host name, or
 *     {@code .example.org} for any name below it. Empty for the usual ones: the name of a smart host, or the recipient
 *     domain and names below it, since the name of a mail host comes from the DNS without proof.
 * @param authorities for {@link Level#VERIFY}: a PEM file of the authorities that are trusted; empty for those that the
 *     system trusts.
 * @param certificate a PEM file with the certificate by which this server introduces itself and its key; empty for none.
 */
public record TlsPolicy(
        Level level, boolean isImplicit, List<String> names, Optional<Path> authorities, Optional<Path> certificate) {
    /** No TLS: commands and content travel in plain text. */
    public static final TlsPolicy NONE = of(Level.NONE);
    /** TLS with whoever offers it. */
    public static final TlsPolicy MAY = of(Level.MAY);
    /** TLS or no delivery. */
    public static final TlsPolicy ENCRYPT = of(Level.ENCRYPT);
    /** TLS with a host that proves its name, or no delivery. */
    public static final TlsPolicy VERIFY = of(Level.VERIFY);

    private static final int MAX_NAMES = 50;
    private static final int SUBMISSIONS_PORT = 465;

    /**
     * Levels, from the least to the most. Policies that are published by the destination (DANE, MTA-STS) will be levels of
     * their own, with their evidence in the policy.
     */
    public enum Level {
        /** Never TLS. */
        NONE,
        /** TLS if the host offers it, without a check of its certificate; in clear if TLS fails. */
        MAY,
        /** TLS, without a check of the certificate; never in clear. */
        ENCRYPT,
        /** TLS, and the certificate is valid and for a name that is expected; never in clear. */
        VERIFY;

        /** The word in settings and tables. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws IllegalArgumentException if the parts contradict each other. */
    public TlsPolicy {
        names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        if (names.size() > MAX_NAMES) {
            throw new IllegalArgumentException("more than " + MAX_NAMES + " names (expected: <= " + MAX_NAMES + ")");
        }
        if (level != Level.VERIFY && (!names.isEmpty() || authorities.isPresent())) {
            throw new IllegalArgumentException(
                    "names or authorities without a check of certificates (expected: the level verify)");
        }
        if (level == Level.NONE && (isImplicit || certificate.isPresent())) {
            throw new IllegalArgumentException("TLS wanted at the level none (expected: may, encrypt or verify)");
        }
        if (level == Level.MAY && isImplicit) {
            throw new IllegalArgumentException(
                    "implicit TLS at the level may, which could go on in clear (expected: encrypt or verify)");
        }
    }

    /** A policy of STARTTLS with nothing but its level. */
    public static TlsPolicy of(Level level) {
        return new TlsPolicy(level, false, List.of(), Optional.empty(), Optional.empty());
    }

    /** The same from the first octet of the connection on. */
    public TlsPolicy implicit() {
        return new TlsPolicy(level, true, names, authorities, certificate);
    }

    /** The same with these names if it has none of its own. */
    public TlsPolicy orNames(List<String> usual) {
        return level == Level.VERIFY && names.isEmpty()
                ? new TlsPolicy(level, isImplicit, usual, authorities, certificate)
                : this;
    }

    /** The same at a port: at that of submissions TLS begins with the connection (RFC 8314 §3.3). */
    public TlsPolicy at(int port) {
        return port == SUBMISSIONS_PORT && !isImplicit && level != Level.NONE
                ? new TlsPolicy(level == Level.MAY ? Level.ENCRYPT : level, true, names, authorities, certificate)
                : this;
    }

    /** Whether nothing may travel in clear. */
    public boolean isRequired() {
        return level.compareTo(Level.ENCRYPT) >= 0;
    }

    /** The word of the level. */
    public String word() {
        return level.word();
    }
}
