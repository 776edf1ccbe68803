package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStampsTest {
    private static final FileTime TIME = FileTime.fromMillis(1_700_000_000_000L);

    @TempDir
    Path folder;

    private Path file;
    private Path other;

    @BeforeEach
    void write() throws IOException {
        file = write("a.yaml", "one");
        other = write("b.yaml", "two");
    }

    private Path write(String name, String text) throws IOException {
        Path written = Files.writeString(folder.resolve(name), text);
        Files.setLastModifiedTime(written, TIME);
        return written;
    }

    private FileStamps now() throws IOException {
        return FileStamps.of(List.of(file, other));
    }

    @Test
    void findsNoDifferenceWhereNothingChanged() throws IOException {
        assertEquals(Set.of(), now().differences(now()));
    }

    @Test
    void findsAnotherLengthTimeAndFile() throws IOException {
        FileStamps before = now();
        write("a.yaml", "longer");
        assertEquals(Set.of(file), now().differences(before));
        write("a.yaml", "one");
        assertEquals(Set.of(), now().differences(before));
        Files.setLastModifiedTime(file, FileTime.fromMillis(TIME.toMillis() + 1000));
        assertEquals(Set.of(file), now().differences(before));
    }

    /** As editors and deployments do it. */
    @Test
    void findsAFileMovedIntoPlaceThatIsAsOldAndAsLong() throws IOException {
        FileStamps before = now();
        Files.move(write("new", "six"), file, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(Set.of(file), now().differences(before));
    }

    @Test
    void findsWhatCameAndWhatWent() throws IOException {
        FileStamps before = now();
        Files.delete(other);
        FileStamps after = now();
        assertEquals(Set.of(other), after.differences(before));
        assertEquals(Set.of(other), before.differences(after));
    }
}
