package dev.caravan.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A way to authenticate (RFC 4422), in the order in which a server announces them: the strongest first. */
public enum SaslMechanism {
    /** SCRAM bound to the TLS connection (RFC 7677, RFC 9266). */
    SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS"),
    /** RFC 7677. */
    SCRAM_SHA_256("SCRAM-SHA-256"),
    /** RFC 5802. */
    SCRAM_SHA_1("SCRAM-SHA-1"),
    /** RFC 4616. */
    PLAIN("PLAIN"),
    /** PLAIN in two answers; never standardised, and the only one of many clients. */
    LOGIN("LOGIN"),
    /** RFC 7628. */
    OAUTHBEARER("OAUTHBEARER"),
    /** The form of OAUTHBEARER that Google and Microsoft use. */
    XOAUTH2("XOAUTH2"),
    /** The certificate of the client (RFC 4422, appendix A). */
    EXTERNAL("EXTERNAL");

    private final String keyword;

    SaslMechanism(String keyword) {
        this.keyword = keyword;
    }

    /** The mechanism of that name, in any case; empty if Caravan has none. */
    public static Optional<SaslMechanism> of(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return Arrays.stream(values()).filter(one -> one.keyword.equals(upper)).findFirst();
    }

    /** Its name in AUTH and in the reply to EHLO. */
    public String keyword() {
        return keyword;
    }

    /** The hash of a SCRAM mechanism; empty for others. */
    public Optional<ScramHash> scram() {
        return switch (this) {
            case SCRAM_SHA_256, SCRAM_SHA_256_PLUS -> Optional.of(ScramHash.SHA_256);
            case SCRAM_SHA_1 -> Optional.of(ScramHash.SHA_1);
            default -> Optional.empty();
        };
    }

    /** Whether the client presents a token of an OAuth issuer. */
    public boolean takesToken() {
        return this == OAUTHBEARER || this == XOAUTH2;
    }

    /** Whether the server sees the password. */
    public boolean takesPassword() {
        return this == PLAIN || this == LOGIN;
    }

    @Override
    public String toString() {
        return keyword;
    }
}
