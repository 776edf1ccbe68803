package dev.caravan.auth;

import java.util.Optional;

/** OAUTHBEARER (RFC 7628 §3) and XOAUTH2: a token, and perhaps the name of the user to whom it belongs. */
final class BearerExchange extends SaslExchange {
    private static final String BEARER = "bearer ";
    /** RFC 7628 §3.2.2; the client answers it with one octet. */
    private static final byte[] INVALID = octets("{\"status\":\"invalid_token\"}");
    /** The client answers it with nothing. */
    private static final byte[] INVALID_X = octets("{\"status\":\"401\",\"schemes\":\"Bearer\"}");

    private final LoginClient client;
    private String user = "";
    private Optional<LoginFailure> failure = Optional.empty();

    BearerExchange(LoginClient client) {
        this.client = client;
    }

    private boolean isStandard() {
        return client.mechanism() == SaslMechanism.OAUTHBEARER;
    }

    @Override
    public SaslStep response(byte[] octets) {
        if (failure.isPresent()) {
            return new SaslStep.Failed(failure.get(), user);
        }
        Optional<String> text = utf8(octets);
        if (text.isEmpty()) {
            return malformed();
        }
        String[] parts = text.get().split("\1", -1);
        Optional<String> name = isStandard() ? authorization(parts[0]) : field(parts, "user=");
        Optional<String> token = field(parts, "auth=")
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip());
        if (!text.get().endsWith("\1\1") || name.isEmpty() || token.isEmpty() || !isToken(token.get())) {
            return malformed();
        }
        user = name.get();
        return new SaslStep.Ask(new LoginQuestion.Token(client, user, new Secret(token.get())));
    }

    /** b64token of RFC 6750 §2.1. */
    private static boolean isToken(String text) {
        return text.matches("[A-Za-z0-9._~+/-]+=*");
    }

    /** The authorization identity of a gs2-header: {@code n,a=user,}; there is no channel binding. */
    private static Optional<String> authorization(String header) {
        if (!header.matches("[ny],(a=[^,\0]+)?,") || header.length() > MAX_NAME) {
            return Optional.empty();
        }
        String name = header.substring(2, header.length() - 1);
        return name.isEmpty() ? Optional.of("") : ScramMessages.name(name.substring(2));
    }

    private static Optional<String> field(String[] parts, String key) {
        for (String part : parts) {
            if (part.startsWith(key)) {
                return Optional.of(part.substring(key.length())).filter(value -> value.indexOf('\0') < 0);
            }
        }
        return Optional.empty();
    }

    @Override
    public SaslStep answered(LoginAnswer answer) {
        if (answer instanceof LoginAnswer.Refused refused && refused.why().isGuess()) {
            failure = Optional.of(refused.why());
            return new SaslStep.Challenge(isStandard() ? INVALID : INVALID_X);
        }
        return super.answered(answer);
    }

    @Override
    protected String user() {
        return user;
    }
}
