package dev.caravan.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.login.SmartHostGate.Answer;
import dev.caravan.login.SmartHostGate.Permit;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.TlsPolicy;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.MovingClock;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@org.junit.jupiter.api.Timeout(60)
class SmartHostGateTest {
    private final MovingClock clock = MovingClock.now();
    private final ExecutorService disk = Executors.newCachedThreadPool();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        disk.shutdown();
    }

    private SmartHostGate gate() {
        return new SmartHostGate(folder, HttpClient::newHttpClient, disk, clock);
    }

    private Path secret(String text) throws Exception {
        return Files.writeString(folder.resolve("secret"), text + "\n");
    }

    private SmartHost host(Optional<LoginSettings> login, SmartHost.Limits limits) {
        return new SmartHost(
                "office",
                List.of(new HostAndPort("smart.example", 587)),
                TlsPolicy.VERIFY,
                login,
                limits,
                Optional.empty());
    }

    private SmartHost withPassword() throws Exception {
        return host(
                Optional.of(new LoginSettings.Password("user", secret("old"), Mechanism.all(false), false)),
                SmartHost.Limits.NONE);
    }

    private SmartHost withToken(HttpSink endpoint) throws Exception {
        return host(
                Optional.of(new LoginSettings.Token(
                        "user",
                        URI.create(endpoint.url()),
                        "client id",
                        Optional.of(secret("client&secret")),
                        Optional.empty(),
                        "scope",
                        Mechanism.all(true),
                        false)),
                SmartHost.Limits.NONE);
    }

    private static Answer ask(SmartHostGate gate, SmartHost host, int recipients) {
        return gate.admit(host, recipients).toCompletableFuture().join();
    }

    private static Permit admitted(SmartHostGate gate, SmartHost host) {
        return assertInstanceOf(Answer.Admitted.class, ask(gate, host, 1)).permit();
    }

    private static String suspended(SmartHostGate gate, SmartHost host) {
        return assertInstanceOf(Answer.Suspended.class, ask(gate, host, 1))
                .why()
                .reply();
    }

    private static String login(Permit permit) {
        return permit.logIn()
                .toCompletableFuture()
                .join()
                .map(login -> login.secret().reveal())
                .orElse("");
    }

    private static Optional<Login> refused(Permit permit, String reason) {
        return permit.refused(reason).toCompletableFuture().join();
    }

    @Test
    void pausesAfterARefusalUntilAProbeIsTaken() throws Exception {
        SmartHostGate gate = gate();
        SmartHost host = withPassword();
        Permit first = admitted(gate, host);
        Permit second = admitted(gate, host);
        assertEquals("old", login(first));
        assertEquals(Optional.empty(), refused(first, "535 no"));
        first.end(0);
        // It began before, so it does not make the pause longer.
        assertEquals(Optional.empty(), refused(second, "535 no"));
        second.end(0);
        assertTrue(suspended(gate, host).contains("535 no"));
        assertTrue(gate.warning().orElseThrow().contains("office"));

        clock.advance(Duration.ofMinutes(1));
        Permit probe = admitted(gate, host);
        assertTrue(suspended(gate, host).contains("535 no"), "one probe at a time");
        assertEquals(Optional.empty(), refused(probe, "535 still no"));
        probe.end(0);
        clock.advance(Duration.ofMinutes(1));
        assertTrue(suspended(gate, host).contains("still"), "the second pause is longer");
        clock.advance(Duration.ofMinutes(1));
        Permit next = admitted(gate, host);
        next.loggedIn();
        next.end(1);
        assertEquals(Optional.empty(), gate.warning());
        admitted(gate, host).end(1);
    }

    @Test
    void aProbeThatReachesNobodyIsFollowedByAnother() throws Exception {
        SmartHostGate gate = gate();
        SmartHost host = withPassword();
        Permit first = admitted(gate, host);
        refused(first, "535 no");
        first.end(0);
        clock.advance(Duration.ofMinutes(1));
        admitted(gate, host).end(0);
        admitted(gate, host).end(0);
    }

    @Test
    void triesANewSecretAtOnce() throws Exception {
        SmartHostGate gate = gate();
        SmartHost host = withPassword();
        Permit first = admitted(gate, host);
        refused(first, "535 no");
        first.end(0);
        assertTrue(suspended(gate, host).contains("535 no"));
        Files.writeString(folder.resolve("secret"), "a new one\n");
        Await.until("the new secret is seen", () -> ask(gate, host, 1) instanceof Answer.Admitted);
    }

    @Test
    void anOperatorMayEndThePause() throws Exception {
        SmartHostGate gate = gate();
        SmartHost host = withPassword();
        Permit first = admitted(gate, host);
        refused(first, "535 no");
        first.end(0);
        gate.forgetPauses();
        admitted(gate, host).loggedIn();
        admitted(gate, host).end(1);
    }

    @Test
    void pausesIfThereIsNoSecret() throws Exception {
        SmartHostGate gate = gate();
        SmartHost host = withPassword();
        Files.delete(folder.resolve("secret"));
        Permit first = admitted(gate, host);
        CompletionException failure = assertThrows(CompletionException.class, () -> login(first));
        assertTrue(String.valueOf(failure.getMessage()).contains("no file"), failure.toString());
        first.end(0);
        assertTrue(suspended(gate, host).contains("no file"));
    }

    private static String token(String text, int seconds) {
        return "{\"access_token\":\"" + text + "\",\"token_type\":\"Bearer\",\"expires_in\":" + seconds + "}";
    }

    @Test
    void asksForATokenOnceForAllAndRenewsItInTime() throws Exception {
        try (HttpSink endpoint = new HttpSink()) {
            endpoint.answer(200, token("one", 1000)).answer(200, token("two", 1000));
            SmartHostGate gate = gate();
            SmartHost host = withToken(endpoint);
            List<CompletableFuture<Optional<Login>>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(admitted(gate, host).logIn().toCompletableFuture());
            }
            for (CompletableFuture<Optional<Login>> one : all) {
                assertEquals(
                        "one",
                        one.get(20, TimeUnit.SECONDS).orElseThrow().secret().reveal());
            }
            assertEquals(1, endpoint.taken().size());
            assertEquals(
                    "grant_type=client_credentials&client_id=client+id&client_secret=client%26secret&scope=scope",
                    endpoint.taken().get(0).body());
            clock.advance(Duration.ofSeconds(801));
            assertEquals("one", login(admitted(gate, host)), "the old one is used while the new one is asked for");
            Await.until("it is renewed", () -> login(admitted(gate, host)).equals("two"));
            assertEquals(2, endpoint.taken().size());
        }
    }

    @Test
    void getsAFreshTokenOnceIfOneIsRefused() throws Exception {
        try (HttpSink endpoint = new HttpSink()) {
            endpoint.answer(200, token("one", 3600))
                    .answer(200, token("two", 3600))
                    .answer(200, token("three", 3600));
            SmartHostGate gate = gate();
            SmartHost host = withToken(endpoint);
            Permit first = admitted(gate, host);
            Permit second = admitted(gate, host);
            assertEquals("one", login(first));
            assertEquals("one", login(second));
            assertEquals(
                    "two", refused(first, "535 expired").orElseThrow().secret().reveal());
            assertEquals(
                    "two", refused(second, "535 expired").orElseThrow().secret().reveal());
            assertEquals(2, endpoint.taken().size(), "one request for both");
            assertEquals(Optional.empty(), refused(first, "535 never"));
            assertTrue(suspended(gate, host).contains("535 never"));
        }
    }

    @Test
    void pausesIfTheEndpointRefuses() throws Exception {
        try (HttpSink endpoint = new HttpSink()) {
            endpoint.answer(401, "{\"error\":\"invalid_client\",\"error_description\":\"wrong secret\"}");
            SmartHostGate gate = gate();
            SmartHost host = withToken(endpoint);
            Permit first = admitted(gate, host);
            assertThrows(CompletionException.class, () -> login(first));
            first.end(0);
            String why = suspended(gate, host);
            assertTrue(why.contains("invalid_client wrong secret"), why);
            assertFalse(why.contains("client&secret"), why);
        }
    }

    @Test
    void keepsARefreshTokenThatIsReplaced() throws Exception {
        try (HttpSink endpoint = new HttpSink()) {
            endpoint.answer(200, "{\"access_token\":\"one\",\"expires_in\":3600,\"refresh_token\":\"next\"}");
            Path refresh = Files.writeString(folder.resolve("refresh"), "first\n");
            SmartHost host = host(
                    Optional.of(new LoginSettings.Token(
                            "user",
                            URI.create(endpoint.url()),
                            "id",
                            Optional.empty(),
                            Optional.of(refresh),
                            "",
                            Mechanism.all(true),
                            false)),
                    SmartHost.Limits.NONE);
            assertEquals("one", login(admitted(gate(), host)));
            assertEquals(
                    "grant_type=refresh_token&client_id=id&refresh_token=first",
                    endpoint.taken().get(0).body());
            assertEquals("next\n", Files.readString(refresh));
        }
    }

    @Test
    void aDaysQuotaSurvivesARestart() throws Exception {
        SmartHost.Limits limits = new SmartHost.Limits(
                OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.of(100), OptionalInt.of(5));
        SmartHost host = host(Optional.empty(), limits);
        SmartHostGate gate = gate();
        ((Answer.Admitted) ask(gate, host, 3)).permit().end(3);
        ((Answer.Admitted) ask(gate, host, 2)).permit().end(0);
        gate.close();

        SmartHostGate again = gate();
        Permit two = ((Answer.Admitted) ask(again, host, 2)).permit();
        assertInstanceOf(Answer.Suspended.class, ask(again, host, 1));
        two.end(1);
        ((Answer.Admitted) ask(again, host, 1)).permit().end(1);
        assertInstanceOf(Answer.Suspended.class, ask(again, host, 1));
        assertEquals(5, again.statuses().get(0).recipients());
        clock.advance(Duration.ofHours(23));
        assertInstanceOf(Answer.Suspended.class, ask(again, host, 1));
        clock.advance(Duration.ofHours(2));
        assertInstanceOf(Answer.Admitted.class, ask(again, host, 5));
        again.close();
    }
}
