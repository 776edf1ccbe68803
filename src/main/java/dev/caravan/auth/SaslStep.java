package dev.caravan.auth;

/** What a {@link SaslExchange} needs next. */
public sealed interface SaslStep {
    /**
     * Send a challenge and wait for the client's response.
     *
     * @param octets before base64; must not be changed.
     */
    record Challenge(byte[] octets) implements SaslStep {}

    /** Ask the authenticator and pass its answer to {@link SaslExchange#answered}. */
    record Ask(LoginQuestion question) implements SaslStep {}

    /** The exchange is over, and the client is this user. */
    record Done(LoginAnswer.Accepted login) implements SaslStep {}

    /**
     * The exchange is over without a login.
     *
     * @param user as far as the client named one; may hold any character.
     */
    record Failed(LoginFailure why, String user) implements SaslStep {}
}
