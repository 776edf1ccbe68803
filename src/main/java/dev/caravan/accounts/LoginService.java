package dev.caravan.accounts;

import dev.caravan.auth.Authenticator;
import dev.caravan.auth.CredentialDirectory;
import dev.caravan.auth.CredentialTable;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.LoginLimits;
import dev.caravan.auth.LoginQuestion;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.mail.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the sources in their order, within the limits for guesses. Nothing is computed for a try beyond a limit, and the
 * answer to a wrong one comes late. The first source that knows the user decides. Thread-safe.
 */
final class LoginService implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(LoginService.class);
    private static final int MAX_SHOWN = 200;

    private final LoginLimits limits;
    private final List<CredentialSource> sources;
    private final Supplier<CredentialTable> table;
    private final CredentialDirectory directory;
    private final boolean isFileOnly;
    private final Optional<TokenIssuer> issuer;
    private final LastUse lastUse;
    private final ScheduledExecutorService timer;
    private final Duration timeout;

    /**
     * @param sources of passwords, in their order.
     * @param isFileOnly whether the file is the only one: only then every user may have SCRAM keys.
     * @param timeout for the answer of one source.
     */
    LoginService(
            LoginLimits limits,
            List<CredentialSource> sources,
            boolean isFileOnly,
            Supplier<CredentialTable> table,
            CredentialDirectory directory,
            Optional<TokenIssuer> issuer,
            LastUse lastUse,
            ScheduledExecutorService timer,
            Duration timeout) {
        this.limits = limits;
        this.sources = List.copyOf(sources);
        this.isFileOnly = isFileOnly;
        this.table = table;
        this.directory = directory;
        this.issuer = issuer;
        this.lastUse = lastUse;
        this.timer = timer;
        this.timeout = timeout;
    }

    @Override
    public boolean offers(SaslMechanism mechanism) {
        return switch (mechanism) {
            case PLAIN, LOGIN -> !isFileOnly || !table.get().isEmpty();
            case SCRAM_SHA_256_PLUS, SCRAM_SHA_256, SCRAM_SHA_1 ->
                isFileOnly && table.get().haveAllKeys(mechanism.scram().orElseThrow());
            case OAUTHBEARER, XOAUTH2 -> issuer.isPresent();
            case EXTERNAL -> !table.get().isEmpty();
        };
    }

    @Override
    public CompletionStage<LoginAnswer> ask(LoginQuestion question) {
        LoginClient client = question.client();
        String name = directory.nameOf(question.user());
        if (question instanceof LoginQuestion.Keys keys) {
            // Reading keys is no guess yet.
            return done(limits.refusal(name, client.address())
                    .<LoginAnswer>map(LoginAnswer.Refused::new)
                    .orElseGet(() -> new LoginAnswer.Keys(directory.keys(name, keys.hash(), client.address()))));
        }
        Optional<LoginFailure> refusal = limits.begin(name, client.address());
        if (refusal.isPresent()) {
            return done(new LoginAnswer.Refused(refusal.get()));
        }
        return answer(question, name)
                .exceptionally(failure -> new LoginAnswer.Refused(reason(failure)))
                .thenCompose(answer -> settled(name, client, answer));
    }

    private CompletionStage<LoginAnswer> answer(LoginQuestion question, String name) {
        LoginClient client = question.client();
        if (question instanceof LoginQuestion.Password password) {
            return first(0, Optional.empty(), password);
        }
        if (question instanceof LoginQuestion.Proof proof) {
            return done(directory.proven(name, proof.proven(), client.address()));
        }
        if (question instanceof LoginQuestion.Token token) {
            return issuer.map(known -> within(known.check(token.user(), token.token())))
                    .orElseGet(() -> done(new LoginAnswer.Refused(LoginFailure.CREDENTIALS)));
        }
        if (question instanceof LoginQuestion.Certificate certificate) {
            return done(directory.named(certificate.certificate(), question.user(), client.address()));
        }
        throw new AssertionError(question);
    }

    /** Asks the sources from that one on; one that is away is passed over, and remembered if no other knows the user. */
    private CompletionStage<LoginAnswer> first(
            int from, Optional<LoginFailure> trouble, LoginQuestion.Password question) {
        if (from == sources.size()) {
            return done(new LoginAnswer.Refused(trouble.orElse(LoginFailure.CREDENTIALS)));
        }
        return within(begun(sources.get(from), question))
                .handle((answer, failure) -> {
                    if (failure != null) {
                        return first(from + 1, Optional.of(reason(failure)), question);
                    }
                    return answer.isPresent() ? done(answer.get()) : first(from + 1, trouble, question);
                })
                .thenCompose(next -> next);
    }

    private static CompletionStage<Optional<LoginAnswer>> begun(
            CredentialSource source, LoginQuestion.Password question) {
        try {
            return source.check(question.client(), question.user(), question.password());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> CompletionStage<T> within(CompletionStage<T> answer) {
        return answer.toCompletableFuture().copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static LoginFailure reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RejectedExecutionException) {
            return LoginFailure.BUSY;
        }
        LOG.warn(
                "a login is deferred, its source does not answer: {}",
                cause instanceof TimeoutException ? "timeout" : Printable.line(String.valueOf(cause), MAX_SHOWN));
        return LoginFailure.UNAVAILABLE;
    }

    private CompletionStage<LoginAnswer> settled(String name, LoginClient client, LoginAnswer answer) {
        LoginAnswer decided = answer;
        if (answer instanceof LoginAnswer.Accepted accepted
                && accepted.user().chars().anyMatch(Character::isISOControl)) {
            LOG.warn(
                    "a login is deferred, its source gives a name that rules cannot use: {} (expected: no control"
                            + " characters)",
                    Printable.line(accepted.user(), MAX_SHOWN));
            decided = new LoginAnswer.Refused(LoginFailure.UNAVAILABLE);
        }
        if (answer instanceof LoginAnswer.Accepted accepted && directory.isDisabled(accepted.user())) {
            decided = new LoginAnswer.Refused(LoginFailure.DISABLED);
        }
        if (decided instanceof LoginAnswer.Accepted accepted) {
            limits.succeeded(name, client.address());
            lastUse.used(accepted.user(), accepted.credential());
        } else if (decided instanceof LoginAnswer.Refused refused) {
            if (refused.why().isGuess()) {
                return later(limits.failed(name, client.address()), decided);
            }
            limits.undecided(name, client.address());
        } else if (decided instanceof LoginAnswer.Keys) {
            throw new AssertionError("keys are no decision");
        } else {
            throw new AssertionError(decided);
        }
        return done(decided);
    }

    private CompletionStage<LoginAnswer> later(Duration delay, LoginAnswer answer) {
        CompletableFuture<LoginAnswer> later = new CompletableFuture<>();
        try {
            timer.schedule(() -> later.complete(answer), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the server stops, no delay", e);
            later.complete(answer);
        }
        return later;
    }

    private static CompletionStage<LoginAnswer> done(LoginAnswer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
