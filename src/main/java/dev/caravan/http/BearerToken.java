package dev.caravan.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** The token of a request: {@code Authorization: Bearer TOKEN} (RFC 6750 §2.1). */
public final class BearerToken {
    private static final String SCHEME = "Bearer ";

    private final byte[] octets;

    private BearerToken(byte[] octets) {
        this.octets = octets;
    }

    /** The token that a client sent, whatever it is. */
    public static Optional<BearerToken> of(HttpRequest request) {
        return request.header("Authorization")
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> value.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8))
                .map(BearerToken::new);
    }

    /** Compares with a known token, in a time that does not depend on how much of it matches. */
    public boolean is(String known) {
        return MessageDigest.isEqual(known.getBytes(StandardCharsets.UTF_8), octets);
    }
}
