package dev.caravan.auth;

import java.util.Optional;

/** LOGIN: the user, then the password (draft-murchison-sasl-login). */
final class LoginExchange extends SaslExchange {
    // Some clients compare the prompts.
    private static final byte[] USERNAME = octets("Username:");
    private static final byte[] PASSWORD = octets("Password:");

    private final LoginClient client;
    private String user = "";

    LoginExchange(LoginClient client) {
        this.client = client;
    }

    @Override
    public SaslStep begin(Optional<byte[]> initial) {
        // Not in the draft, but many clients send the user with AUTH.
        return initial.filter(name -> name.length > 0)
                .map(this::response)
                .orElseGet(() -> new SaslStep.Challenge(USERNAME));
    }

    @Override
    public SaslStep response(byte[] octets) {
        Optional<String> text = utf8(octets).filter(given -> !given.isEmpty() && given.indexOf('\0') < 0);
        if (text.isEmpty()) {
            return malformed();
        }
        if (!user.isEmpty()) {
            return new SaslStep.Ask(new LoginQuestion.Password(client, user, new Secret(text.get())));
        }
        if (text.get().length() > MAX_NAME) {
            return malformed();
        }
        user = text.get();
        return new SaslStep.Challenge(PASSWORD);
    }

    @Override
    protected String user() {
        return user;
    }
}
