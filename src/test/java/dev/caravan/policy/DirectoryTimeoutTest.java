package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.net.Networks;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A directory that is slow or fails defers mail with 451; it never refuses any, and never blocks the caller. */
class DirectoryTimeoutTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example");
    private static final ForwardPath BOB = ForwardPath.of("bob@local.example");
    private static final Mailbox TEAM = Mailbox.parse("team@local.example");
    private static final Map<String, List<String>> ALIASES = Map.of("team@local.example", List.of("bob@local.example"));
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final ExecutorService answering = Executors.newSingleThreadExecutor(work -> new Thread(work, "answering"));

    @AfterEach
    void stop() {
        answering.shutdownNow();
    }

    @Test
    void passesOnAnAnswerThatIsThereAtOnceByTheCallersThread() {
        FakeDirectory directory = new FakeDirectory(ALIASES);
        DirectoryTimeout timeout = new DirectoryTimeout(LONG, unused -> {
            throw new AssertionError("another thread");
        });
        CompletableFuture<Boolean> answer =
                timeout.limitedRecipients(directory).exists(BOB).toCompletableFuture();
        assertTrue(answer.isDone() && answer.join());
        assertTrue(timeout.limitedAliases(directory)
                .find(TEAM)
                .toCompletableFuture()
                .join()
                .isPresent());
    }

    @Test
    void passesOnALateAnswerByItsExecutor() {
        FakeDirectory directory = new FakeDirectory(ALIASES).slow();
        CompletableFuture<String> thread = limited(directory, LONG)
                .find(TEAM)
                .thenApply(alias -> Thread.currentThread().getName())
                .toCompletableFuture();
        directory.answer();
        assertEquals("answering", thread.join());
    }

    @Test
    void givesUpOnAnAnswerThatComesTooLate() {
        FakeDirectory directory = new FakeDirectory(ALIASES).slow();
        CompletableFuture<Optional<Alias>> answer =
                limited(directory, SHORT).find(TEAM).toCompletableFuture();
        CompletionException failure = assertThrows(CompletionException.class, answer::join);
        assertInstanceOf(DirectoryUnavailableException.class, failure.getCause());
        assertEquals(
                "the directory of aliases did not answer within 20 ms",
                failure.getCause().getMessage());
    }

    @Test
    void namesWhatWentWrongInTheDirectory() {
        FakeDirectory directory = new FakeDirectory(ALIASES).failing(new IllegalStateException("no\nconnection"));
        CompletableFuture<Optional<Alias>> answer =
                limited(directory, LONG).find(TEAM).toCompletableFuture();
        CompletionException failure = assertThrows(CompletionException.class, answer::join);
        assertEquals(
                "the directory of aliases failed: java.lang.IllegalStateException: no?connection",
                failure.getCause().getMessage());
        AliasDirectory throwing = unused -> {
            throw new IllegalStateException("no pool");
        };
        assertThrows(
                CompletionException.class,
                () -> limited(throwing, LONG).find(TEAM).toCompletableFuture().join());
    }

    @Test
    void leavesAStaleTableWhatItIs() {
        StaleTableException stale = new StaleTableException("bob");
        FakeDirectory directory = new FakeDirectory(ALIASES).failing(stale);
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> limited(directory, LONG).find(TEAM).toCompletableFuture().join());
        assertSame(stale, failure.getCause());
    }

    @Test
    void defersRecipientsOfADirectoryThatIsSlowOrFails() throws Exception {
        String deferred = "451 4.3.0 <bob@local.example> cannot be looked up now, try again";
        assertEquals(deferred, rcpt(new FakeDirectory(ALIASES).slow()));
        assertEquals(deferred, rcpt(new FakeDirectory(ALIASES).failing(new IllegalStateException("down"))));
        assertEquals("pass", rcpt(new FakeDirectory(ALIASES)));
        assertTrue(rcpt(new FakeDirectory(Map.of())).startsWith("550 5.1.1 "));
    }

    private String rcpt(RecipientDirectory directory) throws Exception {
        RecipientCheck check = new RecipientCheck(
                new RelayControl(LOCAL, Networks.parse("")),
                new DirectoryTimeout(SHORT, answering).limitedRecipients(directory),
                RecipientDomainCheck.none());
        CompletionStage<Verdict> verdict = check.check(RelayClient.at(InetAddress.getLoopbackAddress()), BOB);
        return verdict.toCompletableFuture().join() instanceof Verdict.Answer answer
                ? answer.reply().text()
                : "pass";
    }

    private AliasDirectory limited(AliasDirectory directory, Duration limit) {
        return new DirectoryTimeout(limit, answering).limitedAliases(directory);
    }
}
