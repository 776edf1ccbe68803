package dev.caravan.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.auth.CredentialDirectory;
import dev.caravan.auth.CredentialTable;
import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.LoginLimits;
import dev.caravan.auth.LoginQuestion;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.auth.ScramHash;
import dev.caravan.auth.Secret;
import dev.caravan.lifecycle.Threads;
import dev.caravan.testkit.MovingClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked, in which order, and what is not asked at all. */
class LoginServiceTest {
    private static final Secret RIGHT = new Secret("right");

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();
    private final ScheduledExecutorService timer = Threads.timer("test-timer");
    private final AtomicInteger computed = new AtomicInteger();
    private CredentialTable table = CredentialTable.EMPTY;

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    /** Knows one user. */
    private CredentialSource knows(String user) {
        return (client, given, password) -> {
            computed.incrementAndGet();
            Optional<LoginAnswer> answer = !given.equals(user)
                    ? Optional.empty()
                    : Optional.of(
                            password.reveal().equals("right")
                                    ? new LoginAnswer.Accepted(user, Grant.LASTING)
                                    : new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
            return CompletableFuture.completedFuture(answer);
        };
    }

    private static CredentialSource fails(RuntimeException how) {
        return (client, user, password) -> CompletableFuture.failedFuture(how);
    }

    private LoginService service(Duration timeout, CredentialSource... sources) {
        return new LoginService(
                new LoginLimits(new LoginLimits.Limits(5, 20, Duration.ofMinutes(15), 1000), address -> false, clock),
                List.of(sources),
                false,
                () -> table,
                new CredentialDirectory(() -> table, domain -> false, new byte[32], Duration.ZERO, clock),
                Optional.empty(),
                new LastUse(folder, clock),
                timer,
                timeout);
    }

    private LoginService service(CredentialSource... sources) {
        return service(Duration.ofMinutes(1), sources);
    }

    private static InetAddress ip(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static LoginQuestion password(String user, String password, String address) {
        return new LoginQuestion.Password(
                new LoginClient(ip(address), "submission", SaslMechanism.PLAIN), user, new Secret(password));
    }

    private static LoginAnswer ask(LoginService service, String user, String password) throws Exception {
        return service.ask(password(user, password, "198.51.100.7"))
                .toCompletableFuture()
                .get();
    }

    private static LoginFailure why(LoginAnswer answer) {
        return assertInstanceOf(LoginAnswer.Refused.class, answer).why();
    }

    @Test
    void theFirstThatKnowsTheUserDecides() throws Exception {
        LoginService service = service(knows("alice"), knows("bob"), knows("alice"));
        assertInstanceOf(LoginAnswer.Accepted.class, ask(service, "bob", "right"));
        assertEquals(2, computed.getAndSet(0));
        assertEquals(LoginFailure.CREDENTIALS, why(ask(service, "alice", "wrong")));
        assertEquals(1, computed.get());
        assertEquals(LoginFailure.CREDENTIALS, why(ask(service, "nobody", "right")));
    }

    @Test
    void aNameThatCouldEndALineIsNone() throws Exception {
        String name = "alice\r\nX-Injected: yes";
        assertEquals(LoginFailure.UNAVAILABLE, why(ask(service(knows(name)), name, "right")));
    }

    @Test
    void aSourceThatIsAwayIsPassedOver() throws Exception {
        CredentialSource away = fails(new IllegalStateException("away"));
        assertInstanceOf(LoginAnswer.Accepted.class, ask(service(away, knows("bob")), "bob", "right"));
        assertEquals(LoginFailure.UNAVAILABLE, why(ask(service(away, knows("bob")), "alice", "right")));
        assertEquals(LoginFailure.BUSY, why(ask(service(fails(new RejectedExecutionException())), "alice", "right")));
    }

    @Test
    void aSourceThatDoesNotAnswerIsAway() throws Exception {
        CredentialSource silent = (client, user, password) -> new CompletableFuture<>();
        assertEquals(LoginFailure.UNAVAILABLE, why(ask(service(Duration.ofMillis(1), silent), "alice", "right")));
    }

    @Test
    void troubleOfOursIsNoGuess() throws Exception {
        LoginService service = service(fails(new IllegalStateException("away")));
        for (int i = 0; i < 50; i++) {
            assertEquals(LoginFailure.UNAVAILABLE, why(ask(service, "alice", "right")));
        }
    }

    @Test
    void aUserWhoIsDisabledInTheFileIsRefusedEverywhere() throws Exception {
        CredentialTable.Builder lines = new CredentialTable.Builder();
        lines.add("bob:::::::nologin");
        table = lines.build();
        assertEquals(LoginFailure.DISABLED, why(ask(service(knows("bob")), "bob", "right")));
    }

    /** 10,000 guesses from 50 addresses of as many networks: 250 are looked at, and the user gets in from a 51st. */
    @Test
    void anAttackIsNotLookedAtAndLocksNobodyOut() throws Exception {
        LoginService service = service(knows("alice"));
        List<CompletionStage<LoginAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            answers.add(service.ask(password("alice", "guess" + i, "10.0." + (i % 50) + ".1")));
        }
        assertEquals(250, computed.get());
        long refused = answers.stream()
                .filter(answer -> answer.toCompletableFuture().isDone())
                .filter(answer -> why(answer.toCompletableFuture().join()) == LoginFailure.USER_LIMIT)
                .count();
        assertEquals(9_750, refused);
        assertInstanceOf(
                LoginAnswer.Accepted.class,
                service.ask(password("alice", RIGHT.reveal(), "203.0.113.51"))
                        .toCompletableFuture()
                        .get());
    }

    @Test
    void aWrongAnswerComesLateAndARightOneAtOnce() {
        LoginService service = service(knows("alice"));
        assertFalse(service.ask(password("alice", "wrong", "10.0.0.1"))
                .toCompletableFuture()
                .isDone());
        assertFalse(service.ask(password("nobody", "wrong", "10.0.1.1"))
                .toCompletableFuture()
                .isDone());
        assertTrue(service.ask(password("alice", "right", "10.0.2.1"))
                .toCompletableFuture()
                .isDone());
    }

    @Test
    void aLimitAppliesToScramToo() throws Exception {
        LoginService service = service(knows("alice"));
        LoginClient client = new LoginClient(ip("10.0.0.1"), "submission", SaslMechanism.SCRAM_SHA_256);
        for (int i = 0; i < 5; i++) {
            service.ask(new LoginQuestion.Proof(client, "alice", Optional.empty()));
        }
        assertEquals(
                LoginFailure.USER_LIMIT,
                why(service.ask(new LoginQuestion.Keys(client, "alice", ScramHash.SHA_256))
                        .toCompletableFuture()
                        .get()));
    }
}
