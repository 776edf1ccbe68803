package dev.caravan.queue;

/**
 * A queue item is in order, but its spool file is missing or has another size. Such an item is put off and shouted
 * about; it is never dropped or returned, since the folder may come back.
 */
public final class MissingContentException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient QueueItem item;

    public MissingContentException(QueueItem item, String message) {
        super(message);
        this.item = item;
    }

    /** The item, complete but for its content, which cannot be opened; it can be written again as it is. */
    public QueueItem item() {
        return item;
    }
}
