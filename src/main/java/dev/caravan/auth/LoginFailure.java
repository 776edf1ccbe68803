package dev.caravan.auth;

import java.util.Locale;

/** Why a login failed: a closed set, for logs and counters. Clients learn only what RFC 4954 has a code for. */
public enum LoginFailure {
    /** Wrong password, proof or token, or no such user. */
    CREDENTIALS(Effect.REFUSE),
    /** The user is disabled. */
    DISABLED(Effect.REFUSE),
    /** The application password is not valid from this network. */
    NETWORK(Effect.REFUSE),
    /** The credential has expired. */
    EXPIRED(Effect.REFUSE),
    /** The client asked to act as another user. */
    AUTHORIZATION(Effect.REFUSE),
    /** The client's messages do not follow the mechanism, or the binding to TLS is wrong. */
    EXCHANGE(Effect.REFUSE),
    /** A rule in {@code direct:authenticate}. */
    POLICY(Effect.REFUSE),
    /** Too many failures for this user from this network. */
    USER_LIMIT(Effect.DEFER),
    /** Too many failures from this address. */
    ADDRESS_LIMIT(Effect.CLOSE),
    /** Too many logins wait for their turn. */
    BUSY(Effect.DEFER),
    /** A directory, database or issuer does not answer. */
    UNAVAILABLE(Effect.DEFER);

    /** What a client gets. */
    public enum Effect {
        /** 535: the credentials are wrong. */
        REFUSE,
        /** 454: try again later. */
        DEFER,
        /** 421: the session ends. */
        CLOSE
    }

    private final Effect effect;

    LoginFailure(Effect effect) {
        this.effect = effect;
    }

    public Effect effect() {
        return effect;
    }

    /** Whether it counts as a guess. */
    public boolean isGuess() {
        return effect == Effect.REFUSE;
    }

    /** The word for labels and logs: lower case with hyphens. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
