package dev.caravan.policy;

import java.io.UncheckedIOException;

/**
 * A file that a table includes cannot be read or is malformed. Unlike a mistake in the table itself it may be repaired
 * without a change of the table, so the table is read again at the next look.
 */
final class IncludeException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    /** @param line of the table, from 1, that includes the file. */
    IncludeException(int line, UncheckedIOException cause) {
        super(TableLineException.text(line, String.valueOf(cause.getMessage())), cause.getCause());
        this.line = line;
        this.what = String.valueOf(cause.getMessage());
    }

    int line() {
        return line;
    }

    String what() {
        return what;
    }
}
