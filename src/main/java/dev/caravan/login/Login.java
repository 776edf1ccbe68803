package dev.caravan.login;

import java.util.List;

/**
 * With what this server logs in to a host.
 *
 * @param owner the smart host whose login it is; with the user it says which connections are interchangeable.
 * @param user the name at the host.
 * @param secret the password, or the token.
 * @param mechanisms those that may be used, the preferred first; all for passwords, or all for tokens.
 * @param mayBeInClear whether the secret may be sent on a connection without TLS.
 */
public record Login(String owner, String user, Secret secret, List<Mechanism> mechanisms, boolean mayBeInClear) {
    public Login {
        mechanisms = List.copyOf(mechanisms);
        if (mechanisms.isEmpty()) {
            throw new IllegalArgumentException("no mechanism (expected: at least one)");
        }
    }

    /** Whether the secret is an OAuth token. */
    public boolean isByToken() {
        return mechanisms.get(0).isForTokens();
    }

    /** Equal for connections on which the same user is logged in; has no secret. */
    public String key() {
        return owner + ' ' + user;
    }
}
