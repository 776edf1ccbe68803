package dev.caravan.acme;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;

/** An attempt to get a certificate failed; the message is for the operator and has printable characters only. */
final class AcmeFailure extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_LENGTH = 500;
    private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]+");

    private final transient Optional<Instant> retryAt;

    private AcmeFailure(String message, Optional<Instant> retryAt, Throwable cause) {
        super(message, cause);
        this.retryAt = retryAt;
    }

    AcmeFailure(String message) {
        super(printable(message));
        this.retryAt = Optional.empty();
    }

    /** What acme4j reports: of an authority's refusal the reason that it gives. */
    static AcmeFailure of(AcmeException thrown) {
        Optional<Instant> retryAt =
                thrown instanceof AcmeRateLimitedException limited ? limited.getRetryAfter() : Optional.empty();
        Throwable cause = thrown.getCause();
        String message = String.valueOf(thrown.getMessage());
        String inner = cause == null ? "" : cause.toString();
        return new AcmeFailure(
                printable(inner.isEmpty() || message.contains(inner) ? message : message + ": " + inner),
                retryAt,
                thrown);
    }

    /** Whether the thread was interrupted while it waited for the authority. */
    boolean isInterrupted() {
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    /** When the authority allows another attempt, if it says so. */
    Optional<Instant> retryAt() {
        return retryAt;
    }

    /** Texts of other servers, for a log line. */
    static String printable(String text) {
        String clean = UNPRINTABLE.matcher(text).replaceAll(" ");
        return clean.length() > MAX_LENGTH ? clean.substring(0, MAX_LENGTH) : clean;
    }
}
