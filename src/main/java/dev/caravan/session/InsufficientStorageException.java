package dev.caravan.session;

/** There is no room to store a message now; the client gets 452 4.3.1 and tries again later. */
public final class InsufficientStorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InsufficientStorageException(String message) {
        super(message);
    }

    public InsufficientStorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
