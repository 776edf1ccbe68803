package dev.caravan.smtp;

/** A command that cannot be read. It carries the reply that tells the client what was wrong and what was expected. */
public final class SmtpSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Reply reply;

    public SmtpSyntaxException(Reply reply) {
        // No stack trace: bad input is no surprise, and anybody can send as much of it as he likes.
        super(reply.text(), null, false, false);
        this.reply = reply;
    }

    /** The refusal, a 5yz reply. */
    public Reply reply() {
        return reply;
    }
}
