package dev.caravan.source.message;

import dev.caravan.mail.Printable;

/** What was handed in is no mail, and will be none when it comes again. Its message says what was expected. */
public final class InvalidSubmissionException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_REASON = 400;

    /** What kind of mistake it is; a source that speaks HTTP answers accordingly. */
    public enum Fault {
        /** It cannot be read at all. */
        MALFORMED,
        /** It is larger than a limit allows. */
        TOO_LARGE,
        /** It is of a kind that is not taken. */
        UNSUPPORTED,
        /** It can be read, and still cannot be sent. */
        UNACCEPTABLE
    }

    private final Fault fault;

    /** @param reason with what was expected; masked and cut, since it may repeat what was handed in. */
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

    /** What was wrong, in printable ASCII. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
