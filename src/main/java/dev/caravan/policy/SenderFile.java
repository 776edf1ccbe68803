package dev.caravan.policy;

import dev.caravan.auth.SenderTable;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * As whom users may send besides themselves, from a file that is read again when it changes; see {@link SenderTable} for
 * its lines. A file that is missing is an empty table. Thread-safe; look-ups never block.
 */
public final class SenderFile {
    private final WatchedFile<SenderTable> file;

    private SenderFile(WatchedFile<SenderTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time.
     *
     * @param places where the file may be, in order of preference.
     * @throws IllegalArgumentException if a line is broken; the message names file and line.
     * @throws java.io.UncheckedIOException if it is there and cannot be read.
     */
    public static SenderFile open(List<Path> places, Clock clock) {
        return new SenderFile(WatchedFile.optional(
                places,
                new WatchedFile.Parser<>() {
                    @Override
                    public SenderTable parse(List<String> lines) {
                        SenderTable.Builder table = new SenderTable.Builder();
                        TableLines.each(lines, table::add);
                        return table.build();
                    }

                    @Override
                    public String whileBroken() {
                        return "the previous table stays in use";
                    }
                },
                clock));
    }

    /** Lets this watch read the file again when it changes. */
    public SenderFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** The table as it was last read. */
    public SenderTable table() {
        return file.table();
    }
}
