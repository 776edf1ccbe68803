package dev.caravan.queue;

/**
 * A queue item is well-formed, but its spool file is missing or has another size. Such an item is postponed and logged
 * at ERROR; it is never dropped or returned, because the folder may come back.
 */
public final class MissingContentException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient QueueItem item;

    public MissingContentException(QueueItem item, String message) {
        super(message);
        this.item = item;
    }

    /** The complete item, except that its content cannot be opened; it can be written again as it is. */
    public QueueItem item() {
        return item;
    }
}
