package dev.caravan.auth;

import java.util.Optional;

/** A question of a SASL exchange to an {@link Authenticator}. No user name is checked or normalised yet. */
public sealed interface LoginQuestion {
    /** Who asks. */
    LoginClient client();

    /** The name of the user as the client gave it; may hold any character. */
    String user();

    /** Is this the user's password? */
    record Password(LoginClient client, String user, Secret password) implements LoginQuestion {}

    /** By which keys can a proof of the user be checked? Answered by {@link LoginAnswer.Keys} for unknown users too. */
    record Keys(LoginClient client, String user, ScramHash hash) implements LoginQuestion {}

    /**
     * A proof was checked: may the user in?
     *
     * @param proven the key that the client has proved to know; empty if the proof is wrong.
     */
    record Proof(LoginClient client, String user, Optional<ScramKeys.Key> proven) implements LoginQuestion {}

    /**
     * Is this a valid token of the user?
     *
     * @param user empty if the client names none.
     */
    record Token(LoginClient client, String user, Secret token) implements LoginQuestion {}

    /**
     * Does the certificate name this user?
     *
     * @param user the authorization identity; empty if the certificate is to decide.
     * @param certificate that the client presented in the TLS handshake and that was verified there.
     */
    record Certificate(LoginClient client, String user, PeerCertificate certificate) implements LoginQuestion {}
}
