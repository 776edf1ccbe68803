package dev.caravan.smtp;

/** A command that cannot be read, with the reply that tells the client what was wrong and what was expected. */
public final class SmtpSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Reply reply;

    public SmtpSyntaxException(Reply reply) {
        // No stack trace: bad input is expected, and any client can send much of it.
        super(reply.text(), null, false, false);
        this.reply = reply;
    }

    /** The refusal, a 5yz reply. */
    public Reply reply() {
        return reply;
    }
}
