package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.Caravan;
import dev.caravan.cli.CommandBackend;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A mistyped home is refused, so that nobody runs another server by accident. */
@Tag("server")
class MissingHomeTest {
    @TempDir
    Path folder;

    @Test
    void refusesAFolderThatIsNotThere() throws Exception {
        CommandBackend launch = new Caravan(new PrintStream(new ByteArrayOutputStream()));
        Path file = Files.writeString(folder.resolve("file"), "");
        for (Path home : List.of(folder.resolve("missing"), file)) {
            List<Executable> commands = List.of(
                    () -> launch.run(home, Map.of()),
                    () -> launch.broker(home, Map.of()),
                    () -> launch.check(home, Map.of()),
                    () -> launch.test(home, Map.of(), List.of()));
            for (Executable command : commands) {
                String message = String.valueOf(
                        assertThrows(IllegalArgumentException.class, command).getMessage());
                assertEquals("--home: " + home + " is not there (expected: a folder)", message);
            }
        }
        assertTrue(Files.notExists(folder.resolve("missing")));
    }
}
