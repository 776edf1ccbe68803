package dev.caravan.http;

/** What a client needs to be to use a resource. */
public enum HttpRole {
    /** Every client that reaches the port. */
    PUBLIC,
    /** Clients that may read metrics. */
    MONITOR,
    /** Clients that may submit mail. */
    SUBMIT,
    /** Clients that may see and change the queues. */
    OPERATOR
}
