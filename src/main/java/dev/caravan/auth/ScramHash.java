package dev.caravan.auth;

import com.ongres.scram.common.ScramMechanism;

/** The hash of a SCRAM mechanism. */
public enum ScramHash {
    SHA_256("SCRAM-SHA-256", ScramMechanism.SCRAM_SHA_256, 32),
    SHA_1("SCRAM-SHA-1", ScramMechanism.SCRAM_SHA_1, 20);

    private final String scheme;
    private final ScramMechanism functions;
    private final int octets;

    ScramHash(String scheme, ScramMechanism functions, int octets) {
        this.scheme = scheme;
        this.functions = functions;
        this.octets = octets;
    }

    /** The name of the scheme in files of credentials. */
    String scheme() {
        return scheme;
    }

    ScramMechanism functions() {
        return functions;
    }

    /** The length of a key. */
    int octets() {
        return octets;
    }
}
