package dev.caravan.policy;

import dev.caravan.mail.Printable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits how long a directory may take for one answer, and turns every failure of it into a
 * {@link DirectoryUnavailableException}. The caller's thread passes on an immediate answer, the executor a later one,
 * so that none of this server's work runs on a thread of the directory's client or of a timer. Thread-safe.
 */
public final class DirectoryTimeout {
    /** How long a directory may take for one answer. */
    public static final Duration DEFAULT = Duration.ofSeconds(10);

    private static final int MAX_REASON = 200;

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryTimeout.class);

    private final Duration limit;
    private final Executor answering;

    /**
     * @param limit for one answer.
     * @param answering runs the dependents of later answers; may block.
     */
    public DirectoryTimeout(Duration limit, Executor answering) {
        this.limit = limit;
        this.answering = answering;
    }

    /** The same directory with the limit. */
    public RecipientDirectory limitedRecipients(RecipientDirectory directory) {
        return recipient -> limited("recipients", () -> directory.exists(recipient));
    }

    /** The same directory with the limit. */
    public AliasDirectory limitedAliases(AliasDirectory directory) {
        return address -> limited("aliases", () -> directory.find(address));
    }

    private <T> CompletionStage<T> limited(String name, Supplier<CompletionStage<T>> question) {
        CompletableFuture<T> answer;
        try {
            answer = question.get().toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(unavailable(name, e));
        }
        if (answer.isDone()) {
            return answer.isCompletedExceptionally()
                    ? answer.exceptionallyCompose(failure -> CompletableFuture.failedFuture(unavailable(name, failure)))
                    : answer;
        }
        return answer.copy()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .handleAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                throw unavailable(name, failure);
                            }
                            return found;
                        },
                        answering);
    }

    private RuntimeException unavailable(String name, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof StaleTableException || cause instanceof DirectoryUnavailableException) {
            return (RuntimeException) cause;
        }
        String directory = "the directory of " + name;
        String reason = cause instanceof TimeoutException
                ? directory + " did not answer within " + limit.toMillis() + " ms"
                : directory + " failed: " + Printable.line(cause.toString(), MAX_REASON);
        LOG.warn("a directory is unavailable, recipients are deferred: {}", reason);
        return new DirectoryUnavailableException(reason);
    }
}
