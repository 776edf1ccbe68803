package dev.caravan.queue;

/** Octets that are not a queue item in a known form. */
public final class QueueItemFormatException extends Exception {
    private static final long serialVersionUID = 1;

    public QueueItemFormatException(String message) {
        super(message);
    }

    public QueueItemFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
