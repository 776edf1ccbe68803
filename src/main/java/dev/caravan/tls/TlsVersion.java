package dev.caravan.tls;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A version of TLS, from old to new. */
public enum TlsVersion {
    /** RFC 2246; only for devices that know no other. */
    TLS_1_0("1.0", "TLSv1"),
    /** RFC 4346; only for devices that know no other. */
    TLS_1_1("1.1", "TLSv1.1"),
    /** RFC 5246. */
    TLS_1_2("1.2", "TLSv1.2"),
    /** RFC 8446. */
    TLS_1_3("1.3", "TLSv1.3");

    private final String number;
    private final String protocol;

    TlsVersion(String number, String protocol) {
        this.number = number;
        this.protocol = protocol;
    }

    /** As in the name of the RFC: {@code 1.2}. */
    public String number() {
        return number;
    }

    /** As Java names it: {@code TLSv1.2}. */
    public String protocol() {
        return protocol;
    }

    /** Whether RFC 8996 forbids it. */
    public boolean isOld() {
        return compareTo(TLS_1_2) < 0;
    }

    /** The version with that number; empty if there is none. */
    public static Optional<TlsVersion> of(String number) {
        return Arrays.stream(values())
                .filter(version -> version.number.equals(number))
                .findFirst();
    }

    /** This version and all newer ones, as Java names them. */
    public List<String> andNewer() {
        return Arrays.stream(values())
                .filter(version -> version.compareTo(this) >= 0)
                .map(TlsVersion::protocol)
                .toList();
    }
}
