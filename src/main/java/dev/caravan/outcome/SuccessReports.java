package dev.caravan.outcome;

/** When a sender is told of success. */
public enum SuccessReports {
    /** When NOTIFY=SUCCESS was asked for (RFC 3461 §4.1). */
    ON_REQUEST,
    /** For each recipient, unless NOTIFY=NEVER was given. */
    ALWAYS,
    /** Not even on request. */
    NEVER
}
