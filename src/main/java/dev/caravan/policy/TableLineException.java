package dev.caravan.policy;

/** A line of a table is malformed; {@link WatchedFile} adds the name of the file. */
final class TableLineException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    /**
     * @param line from 1.
     * @param what is wrong with it, and what was expected.
     */
    TableLineException(int line, String what) {
        super(text(line, what));
        this.line = line;
        this.what = what;
    }

    /** As the other one; what is wrong is the message of the cause. */
    TableLineException(int line, IllegalArgumentException cause) {
        this(line, String.valueOf(cause.getMessage()));
        initCause(cause);
    }

    static String text(int line, String what) {
        return "line " + line + ": " + what;
    }

    int line() {
        return line;
    }

    String what() {
        return what;
    }
}
