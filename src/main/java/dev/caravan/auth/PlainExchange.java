package dev.caravan.auth;

import java.util.Optional;

/** PLAIN: authorization identity, NUL, user, NUL, password (RFC 4616). */
final class PlainExchange extends SaslExchange {
    private final LoginClient client;
    private String user = "";

    PlainExchange(LoginClient client) {
        this.client = client;
    }

    @Override
    public SaslStep response(byte[] octets) {
        Optional<String> text = utf8(octets);
        if (text.isEmpty()) {
            return malformed();
        }
        String[] parts = text.get().split("\0", -1);
        if (parts.length != 3 || parts[1].isEmpty() || parts[1].length() > MAX_NAME || parts[2].isEmpty()) {
            return malformed();
        }
        user = parts[1];
        if (!parts[0].isEmpty() && !parts[0].equals(user)) {
            return new SaslStep.Failed(LoginFailure.AUTHORIZATION, user);
        }
        return new SaslStep.Ask(new LoginQuestion.Password(client, user, new Secret(parts[2])));
    }

    @Override
    protected String user() {
        return user;
    }
}
