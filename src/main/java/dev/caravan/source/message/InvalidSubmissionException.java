package dev.caravan.source.message;

import dev.caravan.mail.Printable;

/**
 * A submission is not a valid message and will not be when it is repeated. The exception's message says what was
 * expected.
 */
public final class InvalidSubmissionException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_REASON = 400;

    /** The kind of mistake, from which the HTTP source derives the status. */
    public enum Fault {
        /** It cannot be parsed. */
        MALFORMED,
        /** It exceeds a limit. */
        TOO_LARGE,
        /** Its type is not supported. */
        UNSUPPORTED,
        /** It can be parsed, but not be sent. */
        UNACCEPTABLE
    }

    private final Fault fault;

    /** @param reason with the expected form; masked and cut, because it may repeat parts of the submission. */
    public InvalidSubmissionException(Fault fault, String reason) {
        super(Printable.line(reason, MAX_REASON), null, false, false);
        this.fault = fault;
    }

    static InvalidSubmissionException unacceptable(String reason) {
        return new InvalidSubmissionException(Fault.UNACCEPTABLE, reason);
    }

    static InvalidSubmissionException malformed(String reason) {
        return new InvalidSubmissionException(Fault.MALFORMED, reason);
    }

    static InvalidSubmissionException tooLarge(String reason) {
        return new InvalidSubmissionException(Fault.TOO_LARGE, reason);
    }

    public Fault fault() {
        return fault;
    }

    /** The reason, in printable ASCII. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
