package dev.caravan.policy;

import dev.caravan.auth.CredentialTable;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * The users who may log in, from a file that is read again when it changes; see {@code docs/auth.md} for its lines. A file
 * that is missing has no users. Thread-safe; look-ups never block.
 */
public final class CredentialFile {
    private final WatchedFile<CredentialTable> file;

    private CredentialFile(WatchedFile<CredentialTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time.
     *
     * @throws IllegalArgumentException if a line is broken; the message names file and line and holds no secret.
     * @throws java.io.UncheckedIOException if it is there and cannot be read.
     */
    public static CredentialFile open(Path path, Clock clock) {
        return new CredentialFile(WatchedFile.optional(
                List.of(path),
                new WatchedFile.Parser<>() {
                    @Override
                    public CredentialTable parse(List<String> lines) {
                        CredentialTable.Builder table = new CredentialTable.Builder();
                        TableLines.each(lines, table::add);
                        return table.build();
                    }

                    @Override
                    public String whileBroken() {
                        return "the previous users stay in use";
                    }
                },
                clock));
    }

    /** Lets this watch read the file again when it changes. */
    public CredentialFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; blocks on the disk. */
    public void look() {
        file.look();
    }

    /** The users as they were last read. */
    public CredentialTable table() {
        return file.table();
    }
}
