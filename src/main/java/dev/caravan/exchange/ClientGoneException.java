package dev.caravan.exchange;

/**
 * The client hung up before the server was done with its message. The message is not stored, because the client sends
 * it again.
 */
public final class ClientGoneException extends Exception {
    private static final long serialVersionUID = 1L;

    public ClientGoneException() {
        // Without a stack trace: nothing is wrong.
        super("the client is gone", null, false, false);
    }
}
