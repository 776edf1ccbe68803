package dev.caravan.exchange;

/**
 * Thrown by a step to leave the consumed message where it is: the consumer rolls back, and the message is delivered
 * again. It is not a fault, so it has no stack trace. Steps that handle a failure call
 * {@link MailExchange#leaveInQueue} instead, since Camel logs an exception of theirs as a second failure.
 */
public final class LeaveInQueueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason for the log. */
    public LeaveInQueueException(String reason) {
        super(reason, null, false, false);
    }
}
