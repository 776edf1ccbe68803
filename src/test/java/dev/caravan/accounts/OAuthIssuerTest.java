package dev.caravan.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.Secret;
import dev.caravan.testkit.MovingClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens of an issuer that runs for the test. */
class OAuthIssuerTest {
    private final MovingClock clock = MovingClock.now();
    private final AtomicInteger fetched = new AtomicInteger();
    private volatile String keys = "";
    private volatile String introspection = "{\"active\":false}";
    private volatile String asked = "";
    private volatile int status = 200;
    private HttpServer server;
    private ECKey key;

    @BeforeEach
    void begin() throws Exception {
        key = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
        publish(key);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/keys", exchange -> {
            fetched.incrementAndGet();
            byte[] body = keys.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/introspect", exchange -> {
            asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8) + " "
                    + exchange.getRequestHeaders().getFirst("Authorization");
            byte[] body = introspection.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private void publish(ECKey... published) {
        keys = new JWKSet(List.<JWK>of(published)).toString();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private OAuthIssuer issuer(boolean isSigned) {
        return new OAuthIssuer(
                new OAuthIssuer.Access(
                        Optional.of("https://login.test"),
                        isSigned ? Optional.of(at("/keys")) : Optional.empty(),
                        isSigned ? Optional.empty() : Optional.of(at("/introspect")),
                        "caravan",
                        new Secret("s3cret"),
                        "smtp",
                        "mail",
                        Set.of("ES256"),
                        "email",
                        Duration.ofSeconds(10)),
                clock);
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer("https://login.test")
                .audience("smtp")
                .expirationTime(Date.from(clock.instant().plusSeconds(300)))
                .claim("scope", "openid mail")
                .claim("email", "alice@a.example");
    }

    private static String token(JWTClaimsSet claims, JWSHeader header, JWSSigner signer) throws Exception {
        SignedJWT token = new SignedJWT(header, claims);
        token.sign(signer);
        return token.serialize();
    }

    private String token(UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
        return token(
                change.apply(claims()).build(),
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                new ECDSASigner(key));
    }

    private static LoginAnswer ask(OAuthIssuer issuer, String user, String token) throws Exception {
        return issuer.check(user, new Secret(token)).toCompletableFuture().get();
    }

    private static LoginFailure why(LoginAnswer answer) {
        return assertInstanceOf(LoginAnswer.Refused.class, answer).why();
    }

    private static LoginAnswer.Accepted accepted(LoginAnswer answer) {
        return assertInstanceOf(LoginAnswer.Accepted.class, answer);
    }

    @Test
    void aSignedTokenNamesTheUserUntilItExpires() throws Exception {
        OAuthIssuer issuer = issuer(true);
        String token = token(claims -> claims);
        LoginAnswer.Accepted in = accepted(ask(issuer, "Alice@a.example", token));
        assertEquals("alice@a.example", in.user());
        accepted(ask(issuer, "", token));
        assertEquals(LoginFailure.AUTHORIZATION, why(ask(issuer, "bob@a.example", token)));
        assertEquals(1, fetched.get());
        assertFalse(in.grant().isRevoked());
        clock.advance(Duration.ofSeconds(361));
        assertTrue(in.grant().isRevoked());
        assertEquals(LoginFailure.EXPIRED, why(ask(issuer, "", token)));
    }

    @Test
    void aTokenForSomethingElseIsRefused() throws Exception {
        OAuthIssuer issuer = issuer(true);
        for (String wrong : List.of(
                token(claims -> claims.issuer("https://evil.test")),
                token(claims -> claims.issuer(null)),
                token(claims -> claims.audience("imap")),
                token(claims -> claims.audience(List.of())),
                token(claims -> claims.claim("scope", "mailbox")),
                token(claims -> claims.claim("scope", null)),
                token(claims -> claims.claim("email", null)),
                token(claims -> claims.claim("email", 7)),
                token(claims -> claims.claim("email_verified", false)),
                token(claims -> claims.notBeforeTime(Date.from(clock.instant().plusSeconds(120)))))) {
            assertEquals(LoginFailure.CREDENTIALS, why(ask(issuer, "", wrong)));
        }
        assertEquals(LoginFailure.EXPIRED, why(ask(issuer, "", token(claims -> claims.expirationTime(null)))));
    }

    @Test
    void onlyTheIssuersSignatureCounts() throws Exception {
        OAuthIssuer issuer = issuer(true);
        ECKey other = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
        JWSHeader es = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("one").build();
        String right = token(claims -> claims);
        String[] parts = right.split("\\.");
        String none = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        for (String forged : List.of(
                token(claims().build(), es, new ECDSASigner(other)),
                // The public key as a shared secret.
                token(
                        claims().build(),
                        new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(),
                        new MACSigner(key.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8))),
                none + "." + parts[1] + ".",
                parts[0] + "." + parts[1] + ".",
                parts[0] + "." + parts[1] + ".AAAA",
                "nonsense",
                "a.b.c")) {
            assertEquals(LoginFailure.CREDENTIALS, why(ask(issuer, "", forged)), forged);
        }
    }

    @Test
    void keysAreFetchedAgainForANewOneAtMostOnceAMinute() throws Exception {
        OAuthIssuer issuer = issuer(true);
        accepted(ask(issuer, "", token(claims -> claims)));
        ECKey former = key;
        key = new ECKeyGenerator(Curve.P_256).keyID("two").generate();
        publish(former, key);
        String token = token(claims -> claims);
        assertEquals(LoginFailure.CREDENTIALS, why(ask(issuer, "", token)));
        assertEquals(1, fetched.get());
        clock.advance(Duration.ofSeconds(61));
        accepted(ask(issuer, "", token));
        assertEquals(2, fetched.get());
    }

    @Test
    void anIssuerThatIsAwayIsNoRefusal() throws Exception {
        OAuthIssuer issuer = issuer(true);
        status = 500;
        String token = token(claims -> claims);
        assertThrows(ExecutionException.class, () -> ask(issuer, "", token));
        status = 200;
        clock.advance(Duration.ofSeconds(61));
        accepted(ask(issuer, "", token));

        // Known keys go on to be used while it is away.
        status = 500;
        clock.advance(Duration.ofHours(2));
        accepted(ask(issuer, "", token(claims -> claims)));
    }

    @Test
    void asksTheIssuerAboutOtherTokens() throws Exception {
        OAuthIssuer issuer = issuer(false);
        assertEquals(LoginFailure.CREDENTIALS, why(ask(issuer, "", "opaque+token/1=")));
        assertEquals("token=opaque%2Btoken%2F1%3D Basic Y2FyYXZhbjpzM2NyZXQ=", asked);
        introspection = "{\"active\":true,\"aud\":\"smtp\",\"scope\":\"mail\",\"email\":\"alice@a.example\"}";
        assertEquals("alice@a.example", accepted(ask(issuer, "", "opaque")).user());
        introspection = "{\"active\":true,\"aud\":\"imap\",\"scope\":\"mail\",\"email\":\"alice@a.example\"}";
        assertEquals(LoginFailure.CREDENTIALS, why(ask(issuer, "", "opaque")));
        introspection = "nonsense";
        assertThrows(ExecutionException.class, () -> ask(issuer, "", "opaque"));
        introspection = "{\"x\":\"" + "x".repeat(2_000_000) + "\"}";
        assertThrows(ExecutionException.class, () -> ask(issuer, "", "opaque"));
    }
}
