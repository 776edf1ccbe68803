package dev.caravan.source.mailbox;

/** One message of a mailbox cannot be taken as it is; the connection and the other messages are not affected. */
final class UnreadableMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean isLasting;

    private UnreadableMessageException(String reason, boolean isLasting) {
        super(reason, null, false, false);
        this.isLasting = isLasting;
    }

    /** The server did not send the whole message this time. */
    static UnreadableMessageException incomplete(String reason) {
        return new UnreadableMessageException(reason, false);
    }

    /** The message passes a limit, and will again unless a setting is changed. */
    static UnreadableMessageException tooLarge(long octets, long limit) {
        return new UnreadableMessageException(octets + " octets (expected: <= " + limit + ")", true);
    }

    /** The message cannot be taken as it is, and will not change. */
    static UnreadableMessageException lasting(String reason) {
        return new UnreadableMessageException(reason, true);
    }

    /** Whether the next attempt will most likely fail as well. */
    boolean isLasting() {
        return isLasting;
    }
}
