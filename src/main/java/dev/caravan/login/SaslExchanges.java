package dev.caravan.login;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/** Begins exchanges. Pure, but for the nonces of SCRAM. */
public final class SaslExchanges {
    private static final char SEPARATOR = '\u0001';

    private SaslExchanges() {}

    /**
     * Begins an exchange.
     *
     * @param host the name of the host and its port, for OAUTHBEARER.
     * @param nonces gives unpredictable texts for SCRAM: printable ASCII without commas.
     */
    public static SaslExchange begin(Mechanism mechanism, Login login, String host, int port, Supplier<String> nonces) {
        String user = login.user();
        String secret = login.secret().reveal();
        return switch (mechanism) {
            case PLAIN -> new OneResponse(mechanism, "\0" + user + "\0" + secret);
            case LOGIN -> new LoginExchange(user, secret);
            case SCRAM_SHA_256, SCRAM_SHA_1 -> new ScramExchange(mechanism, user, secret, nonces.get());
            case XOAUTH2 ->
                new TokenExchange(
                        mechanism,
                        "user=" + user + SEPARATOR + "auth=Bearer " + secret + SEPARATOR + SEPARATOR,
                        new byte[0]);
            case OAUTHBEARER ->
                new TokenExchange(
                        mechanism,
                        "n,a=" + user.replace("=", "=3D").replace(",", "=2C") + "," + SEPARATOR + "host=" + host
                                + SEPARATOR + "port=" + port + SEPARATOR + "auth=Bearer " + secret + SEPARATOR
                                + SEPARATOR,
                        new byte[] {1});
        };
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** PLAIN: everything is in the initial response. */
    private static final class OneResponse implements SaslExchange {
        private final Mechanism mechanism;
        private final String response;

        OneResponse(Mechanism mechanism, String response) {
            this.mechanism = mechanism;
            this.response = response;
        }

        @Override
        public Mechanism mechanism() {
            return mechanism;
        }

        @Override
        public Optional<byte[]> initialResponse() {
            return Optional.of(octets(response));
        }

        @Override
        public byte[] respond(byte[] challenge) throws FailedException {
            throw new FailedException("a challenge that " + mechanism.keyword() + " does not have");
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }

    /** LOGIN: the name, then the password, whatever the challenges say. */
    private static final class LoginExchange implements SaslExchange {
        private final String user;
        private final String password;
        private int challenges;

        LoginExchange(String user, String password) {
            this.user = user;
            this.password = password;
        }

        @Override
        public Mechanism mechanism() {
            return Mechanism.LOGIN;
        }

        @Override
        public Optional<byte[]> initialResponse() {
            return Optional.empty();
        }

        @Override
        public byte[] respond(byte[] challenge) throws FailedException {
            challenges++;
            if (challenges > 2) {
                throw new FailedException("a third challenge of LOGIN");
            }
            return octets(challenges == 1 ? user : password);
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }

    /** XOAUTH2 and OAUTHBEARER: the only challenge says why the token is refused, and needs an answer. */
    private static final class TokenExchange implements SaslExchange {
        private final Mechanism mechanism;
        private final String response;
        private final byte[] answerToRefusal;
        private Optional<String> refusal = Optional.empty();

        TokenExchange(Mechanism mechanism, String response, byte[] answerToRefusal) {
            this.mechanism = mechanism;
            this.response = response;
            this.answerToRefusal = answerToRefusal;
        }

        @Override
        public Mechanism mechanism() {
            return mechanism;
        }

        @Override
        public Optional<byte[]> initialResponse() {
            return Optional.of(octets(response));
        }

        @Override
        public byte[] respond(byte[] challenge) throws FailedException {
            if (refusal.isPresent()) {
                throw new FailedException("a second challenge of " + mechanism.keyword());
            }
            refusal = Optional.of(new String(challenge, StandardCharsets.UTF_8));
            return answerToRefusal.clone();
        }

        @Override
        public boolean isComplete() {
            return refusal.isEmpty();
        }

        @Override
        public Optional<String> refusal() {
            return refusal;
        }
    }
}
