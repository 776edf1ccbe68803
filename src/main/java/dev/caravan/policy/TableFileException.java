package dev.caravan.policy;

import java.nio.file.Path;

/** A file of an operator's table is malformed; the message says where and what was expected. */
public final class TableFileException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final int line;
    private final String what;

    TableFileException(Path file, int line, String what, Exception cause) {
        super(file + ": " + (line > 0 ? TableLineException.text(line, what) : what), cause);
        this.file = file.toString();
        this.line = line;
        this.what = what;
    }

    public Path file() {
        return Path.of(file);
    }

    /** The line from 1; 0 if the mistake is not in a single line. */
    public int line() {
        return line;
    }

    /** The message without the place. */
    public String what() {
        return what;
    }
}
