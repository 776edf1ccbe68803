package dev.caravan.policy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;

/**
 * The operator's smart hosts, from a plain file that is read again when it changes; see {@link SmartHostTable} for its
 * lines. A file that is missing is an empty table. Thread-safe; look-ups never block.
 */
public final class SmartHostFile {
    private final WatchedFile<SmartHostTable> file;

    private SmartHostFile(WatchedFile<SmartHostTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time.
     *
     * @param places where the file may be, in order of preference.
     * @param files finds the files that lines name.
     * @throws IllegalArgumentException if a line is broken; the message names file and line.
     * @throws java.io.UncheckedIOException if it is there and cannot be read.
     */
    public static SmartHostFile open(List<Path> places, Function<String, Path> files, Clock clock) {
        return new SmartHostFile(WatchedFile.optional(
                places,
                new WatchedFile.Parser<>() {
                    @Override
                    public SmartHostTable parse(List<String> lines) {
                        return SmartHostTable.parse(lines, files);
                    }

                    @Override
                    public String whileBroken() {
                        return "the previous smart hosts stay in use";
                    }
                },
                clock));
    }

    /** Lets this watch read the file again when it changes. */
    public SmartHostFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; blocks on the disk. */
    public void look() {
        file.look();
    }

    /** The table as it was last read. */
    public SmartHostTable table() {
        return file.table();
    }
}
