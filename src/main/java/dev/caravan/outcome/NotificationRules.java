package dev.caravan.outcome;

import java.time.Duration;

/**
 * When senders receive reports, as an operator configures it.
 *
 * @param successReports when a sender receives a report of success.
 * @param warnAfter the age of a message, from its arrival, at which its sender gets a warning; not negative, default 4 h.
 */
public record NotificationRules(SuccessReports successReports, Duration warnAfter) {
    /** On request, and after four hours. */
    public static final NotificationRules DEFAULT =
            new NotificationRules(SuccessReports.ON_REQUEST, Duration.ofHours(4));

    /** @throws IllegalArgumentException if the age is negative. */
    public NotificationRules {
        if (warnAfter.isNegative()) {
            throw new IllegalArgumentException("warning after " + warnAfter + " (expected: >= 0)");
        }
    }
}
