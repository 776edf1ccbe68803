package dev.caravan.outcome;

import java.time.Duration;

/**
 * What an operator decides about telling senders.
 *
 * @param successReports when a sender is told of success.
 * @param warnAfter age of a mail, from its arrival, at which its sender is told of the delay; not negative, default 4 h.
 * @throws IllegalArgumentException if the age is negative.
 */
public record NotificationRules(SuccessReports successReports, Duration warnAfter) {
    /** On request, and after four hours. */
    public static final NotificationRules DEFAULT =
            new NotificationRules(SuccessReports.ON_REQUEST, Duration.ofHours(4));

    public NotificationRules {
        if (warnAfter.isNegative()) {
            throw new IllegalArgumentException("warning after " + warnAfter + " (expected: >= 0)");
        }
    }
}
