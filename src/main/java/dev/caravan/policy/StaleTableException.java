package dev.caravan.policy;

/**
 * A name is in no table, and a file is newer than the table that was read from it, or broken: the name may exist. What
 * depends on it is put off. The reader of the file has logged why.
 */
public final class StaleTableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param name what was looked for; printable. */
    public StaleTableException(String name) {
        // No stack trace: anybody can ask for such a name as often as he likes.
        super(
                name + " is in no table, but a table is newer than what was read of it or cannot be read",
                null,
                false,
                false);
    }
}
