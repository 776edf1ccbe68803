package dev.caravan.policy;

/**
 * A name is in no table, and a file is newer than its table or broken, so the name may exist. The recipient is
 * deferred. The reader of the file has logged why.
 */
public final class StaleTableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param name the name that was looked up; printable. */
    public StaleTableException(String name) {
        // No stack trace, because any client can name such recipients often.
        super(
                name + " is in no table, but a table is newer than what was read of it or cannot be read",
                null,
                false,
                false);
    }
}
