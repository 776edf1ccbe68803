package dev.caravan.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file below {@code src/test/resources} that holds the exact output that a test expects. If the system property
 * {@code golden.rewrite} is {@code true}, a test that finds another output writes it into the file and fails, so that the
 * change is seen in the difference of the commit: {@code mvn test -Dtest=DsnWriterTest -Dgolden.rewrite=true}.
 *
 * <p>Files of {@code items/v1} were written by builds that are in use. A rewrite of one of these is a break of
 * compatibility; only new files may be added there.
 */
public final class GoldenFile {
    private static final Path FOLDER = Path.of("src/test/resources");
    private static final String REWRITE = "golden.rewrite";

    private final Path file;

    /** @param name the path below {@code src/test/resources}, such as {@code dsn/failed.eml}. */
    public GoldenFile(String name) {
        this.file = FOLDER.resolve(name);
    }

    public byte[] octets() throws IOException {
        return Files.readAllBytes(file);
    }

    /** Fails unless the file holds this text, in UTF-8. */
    public void assertHolds(String actual) throws IOException {
        rewrite(actual.getBytes(StandardCharsets.UTF_8));
        assertEquals(Files.readString(file), actual, file.toString());
    }

    /** Fails unless the file holds these octets. */
    public void assertHolds(byte[] actual) throws IOException {
        rewrite(actual);
        assertArrayEquals(octets(), actual, file.toString());
    }

    private void rewrite(byte[] actual) throws IOException {
        if (Boolean.getBoolean(REWRITE) && !(Files.exists(file) && Arrays.equals(octets(), actual))) {
            Files.createDirectories(file.getParent());
            Files.write(file, actual);
            fail("golden file written: " + file);
        }
    }
}
