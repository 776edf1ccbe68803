package dev.caravan.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The examples of the RFCs, and what must not get through. */
class ScramExchangeTest {
    private static final LoginClient CLIENT =
            new LoginClient(InetAddress.getLoopbackAddress(), "submission", SaslMechanism.SCRAM_SHA_256);
    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO" + SERVER_NONCE;
    private static final String SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
    private static final String PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    private static ScramExchange exchange(Optional<ChannelBinding> binding, boolean isOffered) {
        return new ScramExchange(CLIENT, ScramHash.SHA_256, binding, isOffered, SERVER_NONCE);
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String challenge(SaslStep step) {
        return new String(assertInstanceOf(SaslStep.Challenge.class, step).octets(), StandardCharsets.UTF_8);
    }

    private static ScramKeys keys(ScramHash hash, String salt, String... passwords) {
        byte[] decoded = Base64.getDecoder().decode(salt);
        List<ScramKeys.Key> keys = Arrays.stream(passwords)
                .map(password ->
                        ScramKeys.key(hash, Optional.of("of " + password), new Secret(password), decoded, 4096))
                .toList();
        return new ScramKeys(hash, 4096, decoded, keys);
    }

    private static LoginFailure failure(SaslStep step) {
        return assertInstanceOf(SaslStep.Failed.class, step).why();
    }

    private static LoginQuestion question(SaslStep step) {
        return assertInstanceOf(SaslStep.Ask.class, step).question();
    }

    /** RFC 7677 §3; the key that proves is the second of three. */
    @Test
    void speaksAsTheExampleOfRfc7677() {
        ScramExchange exchange = exchange(Optional.empty(), false);
        LoginQuestion.Keys asked = assertInstanceOf(
                LoginQuestion.Keys.class,
                question(exchange.begin(Optional.of(octets("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")))));
        assertEquals("user", asked.user());
        assertEquals(
                "r=" + NONCE + ",s=" + SALT + ",i=4096",
                challenge(exchange.answered(
                        new LoginAnswer.Keys(keys(ScramHash.SHA_256, SALT, "paper", "pencil", "rubber")))));
        LoginQuestion.Proof proof = assertInstanceOf(
                LoginQuestion.Proof.class, question(exchange.response(octets("c=biws,r=" + NONCE + ",p=" + PROOF))));
        assertEquals(Optional.of("of pencil"), proof.proven().orElseThrow().credential());
        LoginAnswer.Accepted accepted = new LoginAnswer.Accepted("user", Grant.LASTING);
        assertEquals("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", challenge(exchange.answered(accepted)));
        assertEquals(new SaslStep.Done(accepted), exchange.response(new byte[0]));
    }

    /** RFC 5802 §5. */
    @Test
    void speaksAsTheExampleOfRfc5802() {
        ScramExchange exchange =
                new ScramExchange(CLIENT, ScramHash.SHA_1, Optional.empty(), false, "3rfcNHYJY1ZVvWVs7j");
        exchange.begin(Optional.of(octets("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")));
        exchange.answered(new LoginAnswer.Keys(keys(ScramHash.SHA_1, "QSXCR+Q6sek8bf92", "pencil")));
        exchange.response(octets("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
        assertEquals(
                "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
                challenge(exchange.answered(new LoginAnswer.Accepted("user", Grant.LASTING))));
    }

    private static ScramExchange begun(String first) {
        ScramExchange exchange = exchange(Optional.empty(), false);
        exchange.begin(Optional.of(octets(first)));
        exchange.answered(new LoginAnswer.Keys(keys(ScramHash.SHA_256, SALT, "pencil")));
        return exchange;
    }

    @Test
    void aWrongProofProvesNothing() {
        ScramExchange exchange = begun("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        String wrong = Base64.getEncoder().encodeToString(new byte[32]);
        LoginQuestion.Proof proof = assertInstanceOf(
                LoginQuestion.Proof.class, question(exchange.response(octets("c=biws,r=" + NONCE + ",p=" + wrong))));
        assertEquals(Optional.empty(), proof.proven());
        assertEquals(
                LoginFailure.CREDENTIALS,
                failure(exchange.answered(new LoginAnswer.Refused(LoginFailure.CREDENTIALS))));
    }

    @Test
    void anotherNonceHeaderOrLengthOfProofIsRefused() {
        for (String last : List.of(
                "c=biws,r=rOprNGfwEbeRWgbNEkqOother,p=" + PROOF,
                "c=eSws,r=" + NONCE + ",p=" + PROOF,
                "c=biws,r=" + NONCE + ",p=AAAA",
                "c=biws,r=" + NONCE,
                "r=" + NONCE + ",c=biws,p=" + PROOF,
                "c=biws,r=" + NONCE + ",p=!",
                "")) {
            assertEquals(
                    LoginFailure.EXCHANGE,
                    failure(begun("n,,n=user,r=rOprNGfwEbeRWgbNEkqO").response(octets(last))),
                    last);
        }
    }

    @Test
    void malformedBeginningsAreRefused() {
        for (String first : List.of(
                "",
                "n,,",
                "n,,n=user",
                "n,,n=,r=abc",
                "n,,n=us=er,r=abc",
                "n,,m=x,n=user,r=abc",
                "x,,n=user,r=abc",
                "n,user,n=user,r=abc",
                "n,,n=user,r=",
                "n,,n=user,r=a b",
                "p=,,n=user,r=abc",
                "p=tls-unique,,n=user,r=abc",
                "n,,n=" + "x".repeat(400) + ",r=abc",
                "n,,n=user,r=" + "x".repeat(400))) {
            assertEquals(
                    LoginFailure.EXCHANGE,
                    failure(exchange(Optional.empty(), false).begin(Optional.of(octets(first)))),
                    first);
        }
    }

    @Test
    void namesMayHaveCommasAndEqualsSigns() {
        LoginQuestion asked =
                question(exchange(Optional.empty(), false).begin(Optional.of(octets("n,a=a=2Cb=3D,n=a=2Cb=3D,r=abc"))));
        assertEquals("a,b=", asked.user());
    }

    @Test
    void nobodyActsAsAnother() {
        assertEquals(
                LoginFailure.AUTHORIZATION,
                failure(exchange(Optional.empty(), false).begin(Optional.of(octets("n,a=root,n=user,r=abc")))));
    }

    /** RFC 5802 §6: y means "I would bind, but the server cannot". */
    @Test
    void aClientThatWasDeceivedAboutBindingIsRefused() {
        byte[] deceived = octets("y,,n=user,r=abc");
        assertEquals(
                LoginFailure.EXCHANGE, failure(exchange(Optional.empty(), true).begin(Optional.of(deceived))));
        question(exchange(Optional.empty(), false).begin(Optional.of(deceived)));
    }

    @Test
    void bindsToTheConnection() {
        byte[] data = {1, 2, 3};
        for (byte[] given : List.of(data, new byte[] {1, 2, 4}, new byte[0])) {
            ScramExchange exchange = exchange(Optional.of(new ChannelBinding(ChannelBinding.EXPORTER, data)), true);
            String header = "p=tls-exporter,,";
            exchange.begin(Optional.of(octets(header + "n=user,r=rOprNGfwEbeRWgbNEkqO")));
            exchange.answered(new LoginAnswer.Keys(keys(ScramHash.SHA_256, SALT, "pencil")));
            byte[] binding = Arrays.copyOf(octets(header), header.length() + given.length);
            System.arraycopy(given, 0, binding, header.length(), given.length);
            SaslStep step = exchange.response(
                    octets("c=" + Base64.getEncoder().encodeToString(binding) + ",r=" + NONCE + ",p=" + PROOF));
            if (given == data) {
                assertInstanceOf(SaslStep.Ask.class, step);
            } else {
                assertEquals(LoginFailure.EXCHANGE, failure(step));
            }
        }
    }

    @Test
    void theChallengeForNoFirstResponseIsEmpty() {
        SaslStep step = exchange(Optional.empty(), false).begin(Optional.empty());
        assertArrayEquals(
                new byte[0], assertInstanceOf(SaslStep.Challenge.class, step).octets());
    }
}
