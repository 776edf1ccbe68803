package dev.caravan.outcome;

/** When a sender receives a report of success. */
public enum SuccessReports {
    /** When NOTIFY=SUCCESS was asked for (RFC 3461 §4.1). */
    ON_REQUEST,
    /** For each recipient, unless NOTIFY=NEVER was given. */
    ALWAYS,
    /** Never, not even on request. */
    NEVER
}
